/** Applies a template to servers: exactly what its preview said, in one transaction, with what is needed to take it back. */
import type { TenantClient } from '@holdfast/database'
import { placeText } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { sameSchedule, scheduleColumns, settingColumns } from '#plans/stored.ts'
import { planInWords } from '#plans/words.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { offeredVaults } from '#vaults/offered.ts'
import {
  digestOf,
  type Preview,
  planSteps,
  repositoryIdOf,
  type Step,
  shownPreview,
  type Template,
} from './preview.ts'
import type { assignInput, previewInput } from './schema.ts'
import { lockTemplate, readTemplate, tell } from './service.ts'
import { type AppliedChange, asFormer } from './stored.ts'
import { tellServers } from './tell-servers.ts'

type Told = { readonly serverId: string; readonly customerId: string }
type Making = Told & { readonly repositoryId: string; readonly vaultId: string; readonly name: string }

export async function preview(
  scope: Scope,
  { templateId, serverIds }: z.output<typeof previewInput>,
): Promise<Preview> {
  const { providerId } = scope.tenant
  const vaults = await offeredVaults(scope.portal.database, providerId)
  return scope.db(async (tx) => {
    const template = await readTemplate(tx, providerId, templateId)
    return shownPreview(template, await planSteps(tx, providerId, template, serverIds, vaults))
  })
}

/** When something has changed since the preview, nothing is done, and the answer is the preview as it is now. */
export async function assign(scope: Scope, { templateId, serverIds, digest }: z.output<typeof assignInput>) {
  const { providerId } = scope.tenant
  const vaults = await offeredVaults(scope.portal.database, providerId)
  const done = await scope.db(async (tx) => {
    const template = await lockTemplate(tx, providerId, templateId)
    const steps = await planSteps(tx, providerId, template, serverIds, vaults)
    if (digestOf(template, steps) !== digest)
      return { outcome: 'changed_meanwhile' as const, preview: shownPreview(template, steps) }
    return { outcome: 'applied' as const, ...(await carryOut(tx, scope, template, steps)) }
  })
  if (done.outcome === 'changed_meanwhile') return done
  const { customerId, applicationId, created, changed, makings, touched } = done
  tell(scope, customerId)
  await tellServers(scope, touched, makings)
  return { outcome: done.outcome, applicationId, created, changed }
}

async function carryOut(tx: TenantClient, scope: Scope, template: Template, steps: readonly Step[]) {
  const { session, tenant } = scope
  const { id: templateId, customerId, revision, settings } = template
  const changes: AppliedChange[] = []
  const makings: Making[] = []
  for (const step of steps) {
    if (step.outcome === 'skipped') continue
    if (step.outcome === 'unchanged') {
      const { id } = step.before
      await tx.plan.updateMany({ where: { id }, data: { templateRevision: revision } })
      continue
    }
    const { server, place } = step
    const repositoryId = repositoryIdOf(place)
    if (place.kind === 'made') {
      const { vaultId, name } = place
      const making = { serverId: server.id, customerId: server.customerId, repositoryId, vaultId, name }
      await writeRepository(tx, scope, making)
      makings.push(making)
    }
    const written = await writePlan(tx, tenant.providerId, template, step, repositoryId)
    await recordChange(tx, session, {
      code: step.outcome === 'created' ? 'plan_added' : 'plan_changed',
      customerId: server.customerId,
      serverId: server.id,
      subject: settings.name,
      detail: `By a template, revision ${written.revision}: ${planInWords(settings)}`,
    })
    const { revision: _, ...change } = written
    changes.push({ serverId: server.id, planName: settings.name, ...change })
  }
  const created = changes.filter(({ before }) => before === null).length
  const changed = changes.length - created
  const { id: applicationId } = await tx.templateApplication.create({
    data: {
      ...{ providerId: tenant.providerId, customerId, templateId, templateRevision: revision },
      ...{ templateName: settings.name, created, changed, appliedByName: session.name },
      changes: JSON.stringify(changes),
    },
    select: { id: true },
  })
  const skipped = steps.filter(({ outcome }) => outcome === 'skipped').length
  await recordChange(tx, session, {
    code: 'template_applied',
    customerId,
    subject: settings.name,
    detail: `Revision ${revision}: ${created} created, ${changed} changed, ${skipped} skipped`,
  })
  const touched = steps.flatMap(({ outcome, server }): Told[] =>
    outcome === 'created' || outcome === 'changed'
      ? [{ serverId: server.id, customerId: server.customerId }]
      : [],
  )
  return { customerId, applicationId, created, changed, makings, touched }
}

async function writePlan(
  tx: TenantClient,
  providerId: string,
  { id: templateId, revision: templateRevision, settings }: Template,
  { server, before }: Step,
  repositoryId: string,
): Promise<Pick<AppliedChange, 'planId' | 'before' | 'after' | 'isPaused'> & { revision: number }> {
  const { timeZone } = server.site
  const link = { repositoryId, templateId, templateRevision }
  const said = { ...settingColumns(settings), ...link }
  const after = asFormer({ ...settings, ...link })
  if (before === null) {
    const planId = uuidv7()
    const { revision } = await tx.plan.create({
      data: {
        ...{ id: planId, providerId, customerId: server.customerId, serverId: server.id },
        ...said,
        ...scheduleColumns(planId, settings.schedule, timeZone),
      },
      select: { revision: true },
    })
    return { planId, revision, before: null, after, isPaused: false }
  }
  const { id: planId, revision: seen, pausedAt } = before
  const { count } = await tx.plan.updateMany({
    where: { id: planId, providerId, revision: seen, deletedAt: null },
    data: {
      ...said,
      ...(sameSchedule(before.schedule, settings.schedule)
        ? {}
        : scheduleColumns(planId, settings.schedule, timeZone, pausedAt)),
      revision: { increment: 1 },
    },
  })
  if (count === 0) throw fail('changed_meanwhile')
  return { planId, revision: seen + 1, before: asFormer(before), after, isPaused: pausedAt !== null }
}

async function writeRepository(
  tx: TenantClient,
  { session, tenant: { providerId } }: Scope,
  { serverId, customerId, repositoryId, vaultId, name }: Making,
): Promise<void> {
  const place = { kind: 'vault', vaultId } as const
  const location = placeText(place)
  const stored = { kind: place.kind, place: JSON.stringify(place) }
  await tx.repository.upsert({
    where: { id: repositoryId },
    create: { id: repositoryId, providerId, customerId, serverId, name, location, ...stored },
    update: { name, ...stored, state: 'creating', errorCode: '' },
    select: { id: true },
  })
  const code = 'repository_added'
  await recordChange(tx, session, { code, customerId, serverId, subject: name, detail: location })
}
