/**
 * The portal dies and everybody comes back: `npm run bench -- storm --agents N [--hold SECONDS] --json`.
 *
 * The production portal with its own PostgreSQL and N simulated agents, all online, each in the real protocol and with
 * the real agent's backoff. Then the portal is killed with SIGKILL and started again at once on the same ports:
 *
 *   killed ── started ── first agent back ── … ── all back ── held for a while
 *     └ backMs: from the kill until an agent is proven again, by percentile over all agents
 *                └ portalCpuSeconds, eventLoopDelayMs, consoleMs: from the start until all are back; the console is asked
 *                  by a person's browser all the while, one question after the other
 *                                                       └ falseOffline: who was offline once more although nothing
 *                                                         happened to him, since he came back
 */
import { loadavg } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { Fleet } from '../../simulator/fleet.ts'
import { monotonicMs } from '../../simulator/instructions.ts'
import type { Bench } from '../main.ts'
import { percentile, percentiles, round } from '../percentiles.ts'
import { type PortalUnderTest, startPortalUnderTest } from '../portal-under-test.ts'
import { seedSimulatedServers } from '../simulated-servers.ts'
import { askConsole } from './console.ts'

const optionsSchema = z.object({
  agents: z.coerce.number().int().min(1).max(100_000),
  hold: z.coerce.number().min(1),
})

export const storm: Bench = {
  usage: '--agents N [--hold SECONDS]',
  measures: 'how soon all agents are back after the portal was killed, and what that does to the console',
  async run(args, say) {
    const { values } = parseArgs({
      args: [...args],
      options: { agents: { type: 'string', default: '1000' }, hold: { type: 'string', default: '30' } },
    })
    const { agents, hold } = optionsSchema.parse(values)
    await using portal = await startPortalUnderTest(say)
    say(`Registering ${agents} servers ...`)
    const { servers } = await seedSimulatedServers(portal, portal.provider, { servers: agents, plans: 0 })
    const fleet = await Fleet.start({
      servers,
      address: portal.gateway,
      folder: await portal.makeFolder('simulator'),
    })
    say(`Connecting ${agents} agents ...`)
    await fleet.connectAll()
    return { agents, ...(await killAndWatch(portal, fleet, { agents, holdSeconds: hold }, say)) }
  },
}

async function killAndWatch(
  portal: PortalUnderTest,
  fleet: Fleet,
  { agents, holdSeconds }: { readonly agents: number; readonly holdSeconds: number },
  say: (line: string) => void,
) {
  const backAt = new Map<string, number>()
  const lostAgain = new Set<string>()
  say('Killing the portal ...')
  const killedAt = monotonicMs()
  const stopListening = fleet.listen((news) => {
    if (news.news === 'offline' && backAt.has(news.serverId)) lostAgain.add(news.serverId)
    // News of the links before the kill may still be on their way to us.
    if (news.news === 'online' && news.atMs > killedAt && !backAt.has(news.serverId))
      backAt.set(news.serverId, news.atMs)
  })
  const allBack = fleet.waitFor(() => backAt.size === agents)
  await portal.kill()
  await portal.startAgain()
  const startedMs = monotonicMs() - killedAt
  say(`The portal is up again after ${Math.round(startedMs)} ms ...`)
  await portal.measured.ask('start')
  const consoleAsked = askConsole(portal.owner, { until: allBack })
  await allBack
  const portalCpuMs = await portal.measured.cpuMs()
  const { eventLoopDelayMs } = await portal.measured.ask('report')
  const consoleMs = await consoleAsked
  const machineLoad = round(loadavg()[0] ?? 0)

  say(`All are back; watching for ${holdSeconds} s whether they stay ...`)
  await after(holdSeconds * 1_000)
  stopListening()
  const connected = fleet.online.size
  await fleet.stop()

  const back = [...backAt.values()].map((at) => at - killedAt)
  return {
    connected,
    backMs: { ...percentiles(back, [50, 90, 99]), p100: round(percentile(back, 100)) },
    restartMs: round(startedMs),
    portalCpuSeconds: round(portalCpuMs / 1_000),
    eventLoopDelayMs: {
      p50: round(eventLoopDelayMs.p50),
      p99: round(eventLoopDelayMs.p99),
      max: round(eventLoopDelayMs.max),
    },
    consoleMs: { ...percentiles(consoleMs, [50, 99]), questions: consoleMs.length },
    falseOffline: lostAgain.size,
    refusals: Object.fromEntries(fleet.refusals),
    machineLoad,
  }
}
