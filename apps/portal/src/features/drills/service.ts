/** Restore drills as they are kept: what was restored, what came of it, and the proof. */
import { has } from '@holdfast/protocol'
import type { z } from 'zod'
import { whyNothingWasRead } from '#conditions/drill-outcome.ts'
import { recordChange } from '#log/record-change.ts'
import { fail, fromServer } from '#trpc/failure.ts'
import { giveCommand } from '#trpc/give-command.ts'
import { storedOptions } from '#trpc/plan.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { listInput, startInput, trustKeyInput } from './schema.ts'

/** A year of weekly drills of several plans. */
const SHOWN_MAX = 200

export async function list({ db, tenant }: Scope, { serverId }: z.output<typeof listInput>) {
  return db(async (tx) => {
    const server = await tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: {
        name: true,
        agentKey: true,
        customer: { select: { name: true } },
        site: { select: { name: true, timeZone: true } },
        plans: { select: { id: true, name: true, options: true, deletedAt: true } },
        presence: { select: { capabilities: true } },
        drills: { orderBy: { heardAt: 'desc' }, take: SHOWN_MAX },
      },
    })
    if (server === null) throw fail('not_found')
    const { drills, plans, agentKey, presence, ...facts } = server
    const nameOf = new Map(plans.map(({ id, name }) => [id, name]))
    return {
      server: facts,
      /** The plans that want drills, and whether its agent holds one when it is asked to. */
      plans: plans
        .filter(({ deletedAt, options }) => deletedAt === null && storedOptions(options).drill)
        .map(({ id, name }) => ({ id, name })),
      canDrillNow: canDrillNow(presence),
      drills: drills.map(({ files, filesWrong, bytes, providerId: _, customerId: __, ...drill }) => {
        const isKnownKey = drill.isKnownKey || drill.publicKey === agentKey
        const isBelievable = drill.isSigned && isKnownKey && drill.isKnownManifest && files > 0n
        return {
          ...drill,
          files: Number(files),
          filesWrong: Number(filesWrong),
          bytes: Number(bytes),
          planName: nameOf.get(drill.planId) ?? '',
          isKnownKey,
          /** Why nothing could be restored, where nothing was: then it says nothing of the data. */
          unread: whyNothingWasRead(drill.errorCode),
          /** Passed, and nothing about it is to be doubted. */
          isProven: drill.hasPassed && isBelievable,
        }
      }),
    }
  })
}

/** Asks for a drill now. When the server is away it is told when it comes back, for ten minutes. */
export async function start(scope: Scope, { planId }: z.output<typeof startInput>) {
  const { providerId } = scope.tenant
  const plan = await scope.db((tx) =>
    tx.plan.findFirst({
      where: { id: planId, providerId, deletedAt: null },
      select: {
        ...{ serverId: true, name: true },
        server: { select: { presence: { select: { capabilities: true } } } },
      },
    }),
  )
  if (plan === null) throw fail('not_found')
  const { serverId, name, server } = plan
  // An older agent would not even understand the command.
  if (!canDrillNow(server.presence)) throw fromServer({ code: 'capability_missing', detail: 'drill.now' })
  return giveCommand(scope, serverId, { kind: 'startDrill', planId }, `Drill now: “${name}”`)
}

/** One that has never connected may yet turn out to. */
function canDrillNow(presence: { readonly capabilities: string[] } | null): boolean {
  return presence === null || has(presence.capabilities, 'drill.now')
}

/** A person says that the agent was installed anew: from now on it is known by the key that signed this drill. */
export async function trustKey(scope: Scope, { drillId }: z.output<typeof trustKeyInput>): Promise<void> {
  const { providerId } = scope.tenant
  const whose = await scope.db(async (tx) => {
    const drill = await tx.drill.findFirst({
      where: { id: drillId, providerId, isSigned: true },
      select: {
        publicKey: true,
        server: { select: { id: true, name: true, customer: { select: { id: true, handle: true } } } },
      },
    })
    if (drill === null) throw fail('not_found')
    const { publicKey: agentKey, server } = drill
    const { customer } = server
    await tx.server.update({ where: { id: server.id }, data: { agentKey }, select: { id: true } })
    await recordChange(tx, scope.session, {
      ...{ code: 'agent_key_trusted', customerId: customer.id, serverId: server.id },
      ...{ subject: `${customer.handle}/${server.name}`, detail: agentKey },
    })
    return { providerId, customerId: customer.id, serverId: server.id }
  })
  scope.portal.live.publish({ type: 'drill', ...whose })
  scope.portal.live.publish({ type: 'log', providerId, customerId: whose.customerId })
}
