/**
 * Takes a template from servers: it has no say there any more. Their plans stay, as plans of their own, or they go; the
 * person chooses, and sees before which plans that are. What was seen is what happens: when one of them has changed since,
 * nothing is done.
 */
import type { TenantClient } from '@holdfast/database'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { fail } from '#trpc/failure.ts'
import { storedSchedule } from '#trpc/plan.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { templateInput, unassignInput } from './schema.ts'
import { lockTemplate, readTemplate, tell } from './service.ts'
import { tellServers } from './tell-servers.ts'

/** The plans that came from a template, and what their servers have beside them. */
export function assigned(
  { db, tenant: { providerId } }: Scope,
  { templateId }: z.output<typeof templateInput>,
) {
  return db(async (tx) => {
    await readTemplate(tx, providerId, templateId)
    const plans = await tx.plan.findMany({
      where: { templateId, providerId, deletedAt: null },
      select: {
        ...{ id: true, revision: true, name: true, schedule: true, pausedAt: true, serverId: true },
        server: {
          select: {
            name: true,
            customer: { select: { name: true } },
            site: { select: { name: true } },
            presence: { select: { online: true } },
          },
        },
      },
      orderBy: [{ server: { customer: { name: 'asc' } } }, { server: { name: 'asc' } }, { id: 'asc' }],
    })
    const others = await otherPlans(tx, templateId, [...new Set(plans.map(({ serverId }) => serverId))])
    return plans.map(({ id: planId, revision, name, schedule, pausedAt, serverId, server }) => ({
      ...{ planId, revision, planName: name, schedule: storedSchedule(schedule), serverId },
      serverName: server.name,
      customerName: server.customer.name,
      siteName: server.site.name,
      isOnline: server.presence?.online ?? false,
      isPaused: pausedAt !== null,
      /** None: without this plan nothing of the server is backed up. */
      otherPlans: others.get(serverId) ?? 0,
    }))
  })
}

async function otherPlans(tx: TenantClient, templateId: string, serverIds: readonly string[]) {
  const counts = await tx.plan.groupBy({
    by: ['serverId'],
    where: {
      serverId: { in: [...serverIds] },
      deletedAt: null,
      OR: [{ templateId: null }, { templateId: { not: templateId } }],
    },
    _count: true,
  })
  return new Map(counts.map(({ serverId, _count }) => [serverId, _count]))
}

function inWords(count: number, fate: 'stay' | 'go'): string {
  if (fate === 'go') return count === 1 ? '1 plan removed' : `${count} plans removed`
  return count === 1 ? '1 plan stays' : `${count} plans stay`
}

export async function unassign(scope: Scope, { templateId, plans, fate }: z.output<typeof unassignInput>) {
  const { session } = scope
  const { providerId } = scope.tenant
  const { customerId, ended } = await scope.db(async (tx) => {
    const { customerId, settings } = await lockTemplate(tx, providerId, templateId)
    const found = await tx.plan.findMany({
      where: { id: { in: plans.map(({ planId }) => planId) }, providerId, templateId, deletedAt: null },
      select: { id: true, revision: true, name: true, serverId: true, customerId: true },
    })
    const revisions = new Map(found.map(({ id, revision }) => [id, revision]))
    if (plans.some(({ planId, revision }) => revisions.get(planId) !== revision))
      throw fail('changed_meanwhile')
    const code = fate === 'go' ? 'plan_removed' : 'plan_changed'
    const detail = fate === 'go' ? 'With its template' : 'No longer of a template; it says what it said'
    for (const { id, revision, name: subject, serverId, customerId } of found) {
      const { count } = await tx.plan.updateMany({
        where: { id, providerId, revision, deletedAt: null },
        data: fate === 'go' ? { deletedAt: new Date() } : { templateId: null, templateRevision: null },
      })
      if (count === 0) throw fail('changed_meanwhile')
      await recordChange(tx, session, { code, customerId, serverId, subject, detail })
    }
    await recordChange(tx, session, {
      code: 'template_unassigned',
      customerId,
      subject: settings.name,
      detail: inWords(found.length, fate),
    })
    return { customerId, ended: found }
  })
  tell(scope, customerId)
  await tellServers(scope, ended, [])
  return { plans: ended.length }
}
