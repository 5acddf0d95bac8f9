/**
 * What templates were applied, and how one of those times is taken back: plans that it changed become what they were, as
 * a new revision; plans that it made are removed. A plan that somebody has changed since is left alone, and named.
 */
import type { TenantClient } from '@holdfast/database'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { readSettings, scheduleColumns, settingColumns } from '#plans/stored.ts'
import { planInWords } from '#plans/words.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { undoInput } from './schema.ts'
import { tell } from './service.ts'
import {
  type AppliedChange,
  asFormer,
  isLike,
  type LeftAlone,
  storedChanges,
  storedLeftAlone,
} from './stored.ts'
import { tellServers } from './tell-servers.ts'

const SHOWN = 50

/** The newest ones. */
export function applications({ db, tenant: { providerId } }: Scope) {
  return db(async (tx) => {
    const rows = await tx.templateApplication.findMany({
      where: { providerId },
      select: {
        ...{ id: true, templateId: true, templateName: true, templateRevision: true },
        ...{ created: true, changed: true, appliedAt: true, appliedByName: true },
        ...{ undoneAt: true, undoneByName: true, leftAlone: true },
      },
      orderBy: [{ appliedAt: 'desc' }, { id: 'desc' }],
      take: SHOWN,
    })
    return rows.map(({ leftAlone, ...row }) => ({ ...row, leftAlone: storedLeftAlone(leftAlone) }))
  })
}

export async function undo(scope: Scope, { applicationId }: z.output<typeof undoInput>) {
  const { providerId } = scope.tenant
  const { customerId, restored, removed, leftAlone, touched } = await scope.db(async (tx) => {
    await tx.$queryRaw`SELECT FROM template_application WHERE id = ${applicationId}::uuid FOR UPDATE`
    const application = await tx.templateApplication.findFirst({
      where: { id: applicationId, providerId },
      select: { customerId: true, templateName: true, changes: true, undoneAt: true },
    })
    if (application === null) throw fail('not_found')
    if (application.undoneAt !== null) throw fail('changed_meanwhile')
    const outcomes: Outcome[] = []
    for (const change of storedChanges(application.changes)) {
      const outcome = await takeBack(tx, scope, change, application.templateName)
      if (outcome !== null) outcomes.push(outcome)
    }
    const { customerId, templateName: subject } = application
    const leftAlone = outcomes.flatMap(({ left }) => left ?? [])
    const touched = outcomes.filter(({ left }) => left === null)
    const removed = touched.filter(({ isRemoved }) => isRemoved).length
    const restored = touched.length - removed
    await tx.templateApplication.updateMany({
      where: { id: applicationId, providerId },
      data: {
        undoneAt: new Date(),
        undoneByName: scope.session.name,
        leftAlone: JSON.stringify(leftAlone),
      },
    })
    const detail = `${restored} as before, ${removed} removed, ${leftAlone.length} left alone`
    await recordChange(tx, scope.session, { code: 'template_undone', customerId, subject, detail })
    return { customerId, restored, removed, leftAlone, touched }
  })
  tell(scope, customerId)
  await tellServers(scope, touched, [])
  return { restored, removed, leftAlone }
}

type Outcome = {
  readonly serverId: string
  readonly customerId: string
  readonly isRemoved: boolean
  readonly left: LeftAlone | null
}

/** Null when its server is gone, and its plans with it. */
async function takeBack(
  tx: TenantClient,
  { session, tenant: { providerId } }: Scope,
  { serverId, planId, planName, before, after, isPaused }: AppliedChange,
  templateName: string,
): Promise<Outcome | null> {
  const plan = await tx.plan.findFirst({
    where: { id: planId, serverId, providerId },
    select: {
      ...{ customerId: true, name: true, revision: true, deletedAt: true, pausedAt: true },
      ...{ repositoryId: true, sources: true, schedule: true, retention: true, options: true },
      ...{ templateId: true, templateRevision: true },
      server: { select: { name: true, site: { select: { timeZone: true } } } },
    },
  })
  if (plan === null) return null
  const { customerId, server, pausedAt, revision } = plan
  const outcome = { serverId, customerId, isRemoved: before === null }
  const leave = (why: LeftAlone['why']): Outcome => ({
    ...outcome,
    left: { serverId, serverName: server.name, planName, why },
  })
  if (plan.deletedAt !== null) return leave('removed_since')
  const isUntouched = isLike(asFormer(readSettings(plan)), after) && (pausedAt !== null) === isPaused
  if (!isUntouched) return leave('changed_since')
  const asRead = { id: planId, providerId, revision, deletedAt: null }
  if (before === null) {
    const { count } = await tx.plan.updateMany({ where: asRead, data: { deletedAt: new Date() } })
    if (count === 0) return leave('changed_since')
    const detail = `The template “${templateName}” was taken back`
    const code = 'plan_removed'
    await recordChange(tx, session, { code, customerId, serverId, subject: plan.name, detail })
    return { ...outcome, left: null }
  }
  const { repositoryId, templateId, templateRevision, ...settings } = before
  const repository = await tx.repository.findFirst({
    where: { id: repositoryId, serverId, providerId },
    select: { id: true },
  })
  if (repository === null) return leave('repository_gone')
  const { count } = await tx.plan.updateMany({
    where: asRead,
    data: {
      ...settingColumns(settings),
      ...scheduleColumns(planId, settings.schedule, server.site.timeZone, pausedAt),
      ...{ repositoryId, templateId, templateRevision },
      revision: { increment: 1 },
    },
  })
  if (count === 0) return leave('changed_since')
  const detail = `As before the template “${templateName}”, revision ${revision + 1}: ${planInWords(settings)}`
  const code = 'plan_changed'
  await recordChange(tx, session, { code, customerId, serverId, subject: settings.name, detail })
  return { ...outcome, left: null }
}
