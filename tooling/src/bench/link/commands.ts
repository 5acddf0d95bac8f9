import { z } from 'zod'
import type { Fleet } from '../../simulator/fleet.ts'
import { monotonicMs } from '../../simulator/instructions.ts'
import type { PortalUnderTest } from '../portal-under-test.ts'
import type { Seeded } from '../simulated-servers.ts'

const given = z.object({ commandId: z.uuid() })

/** The portal has it on record that the agent has the command. */
const RECEIVED = ['accepted', 'running', 'succeeded']

/**
 * Gives commands one after the other, as a person who clicks would, and takes for each how long it was from the click
 * until both ends have it on disk: the agent in its journal, the portal with the agent's receipt in its database.
 */
export async function durableAcks(
  portal: PortalUnderTest,
  fleet: Fleet,
  plans: Seeded['plans'],
  count: number,
): Promise<number[]> {
  const milliseconds = []
  for (let n = 0; n < count; n += 1) {
    const plan = plans[n % plans.length]
    if (plan === undefined) break
    const journalled = fleet.waitFor((news) => news.news === 'journalled' && news.serverId === plan.serverId)
    const clickedAt = monotonicMs()
    const { commandId } = await portal.owner.mutate('runs.start', { planId: plan.planId }, given)
    // Nothing is asked before the agent has it: a bench that keeps asking would take the processors that it measures.
    await journalled
    milliseconds.push((await untilRecorded(portal, commandId)) - clickedAt)
  }
  return milliseconds
}

/** Asks the database again and again: the answer must not depend on what the portal says of itself. */
async function untilRecorded({ database, provider }: PortalUnderTest, commandId: string): Promise<number> {
  for (;;) {
    const { rows } = await database.forTenantSql(provider, (sql) =>
      sql.query<{ state: string; code: string }>('SELECT state, code FROM command WHERE id = $1', [
        commandId,
      ]),
    )
    const state = rows[0]?.state ?? ''
    if (RECEIVED.includes(state)) return monotonicMs()
    if (!['queued', 'delivered'].includes(state))
      throw new Error(`The command was ${state} (${rows[0]?.code}).`)
  }
}

/** Looks into folders, one after the other: a round trip to the agent that touches no disk at either end. */
export async function queries({ owner }: PortalUnderTest, { servers }: Seeded, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const server = servers[n % servers.length]
    if (server === undefined) break
    await owner.query('browse.folder', { serverId: server.serverId, folder: '/srv' }, z.unknown())
  }
}
