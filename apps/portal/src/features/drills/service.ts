/** Restore drills as they are kept: what was restored, what came of it, and the proof. */
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { listInput, trustKeyInput } from './schema.ts'

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
        plans: { select: { id: true, name: true } },
        drills: { orderBy: { heardAt: 'desc' }, take: SHOWN_MAX },
      },
    })
    if (server === null) throw fail('not_found')
    const { drills, plans, agentKey, ...facts } = server
    const nameOf = new Map(plans.map(({ id, name }) => [id, name]))
    return {
      server: facts,
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
          /** Passed, and nothing about it is to be doubted. */
          isProven: drill.hasPassed && isBelievable,
        }
      }),
    }
  })
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
