/**
 * What a link costs: `npm run bench -- link --agents N [--hold SECONDS] --json`.
 *
 * The portal under test is the production portal with its own PostgreSQL. Simulated agents (../../simulator) speak the
 * real protocol to it from processes of their own; then as many bare `ws` clients do the same to a bare `ws` server, in
 * the same run and measured by the same functions. What is taken when:
 *
 *   1  warm-up      a few links come and go, so that all code is loaded
 *   2  connecting   memory and CPU of the portal's process before and after, per link: kibPerLink, loginCpuMs
 *   3  holding      nothing is done for a while: idleCpuPercent
 *   4  commands     one at a time through the console's own API, `runs.start`:
 *                   durableAckMs    from the call until the command is in the agent's journal (synchronous=FULL) and the
 *                                   portal has the receipt in its database
 *                   commandRttMs    within that, from the portal's socket to the agent, onto its disk, and back
 *                   queryRttMs      the same way without a disk, which is what the peer's round trip is like
 *                   diskSyncMs      one small durable write on the same disk at the same time, as a yardstick
 *   5  the peer     2 and the round trip of 4, with `ws`
 *
 * The machine's load stands in the result, because two cores that do something else as well make every time longer.
 */
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { familyCpuMs } from '../../processes/measure.ts'
import { Fleet } from '../../simulator/fleet.ts'
import { diskSyncMs } from '../disk.ts'
import type { Bench } from '../main.ts'
import type { Measured } from '../measured.ts'
import { percentiles, round } from '../percentiles.ts'
import { type PortalUnderTest, startPortalUnderTest } from '../portal-under-test.ts'
import { type Seeded, seedSimulatedServers } from '../simulated-servers.ts'
import { durableAcks, queries } from './commands.ts'
import { measureConnecting } from './connecting.ts'
import { measurePeer, WARM_UP_LINKS } from './peer.ts'

const COMMANDS = 300

const optionsSchema = z.object({
  agents: z.coerce.number().int().min(1).max(100_000),
  hold: z.coerce.number().min(1),
})

export const link: Bench = {
  usage: '--agents N [--hold SECONDS]',
  measures: 'memory and CPU of a link and of a login, idle load, command latency; against bare ws over TLS',
  async run(args, say) {
    const { values } = parseArgs({
      args: [...args],
      options: { agents: { type: 'string', default: '1000' }, hold: { type: 'string', default: '30' } },
    })
    const { agents, hold } = optionsSchema.parse(values)
    await using portal = await startPortalUnderTest(say)
    const ours = await measurePortal(portal, agents, hold, say)
    await portal.stop()

    say(`Peer: ${agents} bare ws clients over TLS ...`)
    const peer = await measurePeer({
      certificateFile: portal.certificateFile,
      localAddresses: ours.localAddresses,
      roundTrips: COMMANDS,
      inFlightMax: Fleet.inFlightMax(agents),
    })
    const { localAddresses: _, ...figures } = ours
    return {
      ...figures,
      peer: {
        name: 'ws',
        kibPerLink: peer.kibPerLink,
        connectCpuMs: peer.cpuMsPerLink,
        coldConnectCpuMs: peer.coldCpuMsPerLink,
        connectsPerSecond: peer.connectsPerSecond,
        rssMiB: peer.rssMiB,
        rssMiBUncollected: peer.rssMiBUncollected,
        rttMs: peer.rttMs,
      },
      ratios: {
        kibPerLink: round(ours.kibPerLink / peer.kibPerLink),
        loginCpu: round(ours.loginCpuMs / peer.cpuMsPerLink),
        durableAckP50ToDisk: round(ours.durableAckMs.p50 / ours.diskSyncMs.p50),
        queryRttP50: round(ours.queryRttMs.p50 / peer.rttMs.p50),
      },
    }
  },
}

async function measurePortal(
  portal: PortalUnderTest,
  agents: number,
  holdSeconds: number,
  say: (line: string) => void,
) {
  say(`Registering ${agents} servers ...`)
  const warm = await seedSimulatedServers(portal, portal.provider, {
    servers: WARM_UP_LINKS,
    plans: WARM_UP_LINKS,
  })
  const seeded = await seedSimulatedServers(portal, portal.provider, {
    servers: agents,
    plans: Math.min(agents, COMMANDS),
  })

  say('Warming up ...')
  const warmUp = await startFleet(portal, warm, 'warm-up')
  await warmUp.connectAll()
  await durableAcks(portal, warmUp, warm.plans, warm.plans.length)
  await warmUp.stop()

  say(`Connecting ${agents} agents ...`)
  const fleet = await startFleet(portal, seeded, 'agents')
  const { measured } = portal
  await measured.ask('start')
  const postgresBefore = await familyCpuMs(portal.postmasterPid)
  const connecting = await measureConnecting(measured, agents, (count) => fleet.connect(count))
  const postgresCpuMs = (await familyCpuMs(portal.postmasterPid)) - postgresBefore
  const { eventLoopDelayMs } = await measured.ask('report')
  say(
    `${fleet.online.size} online, ${connecting.cpuMsPerLink} ms of CPU a login, ${connecting.kibPerLink} KiB a link`,
  )

  say(`Holding for ${holdSeconds} s ...`)
  const idleCpuPercent = await idleCpu(measured, holdSeconds)

  say('Commanding ...')
  await measured.ask('start')
  const durableAckMs = await durableAcks(portal, fleet, seeded.plans, COMMANDS)
  await queries(portal, seeded, COMMANDS)
  const { commandRttMs, queryRttMs } = await measured.ask('report')
  const diskMs = await diskSyncMs(await portal.makeFolder('disk'))
  const connected = fleet.online.size
  await fleet.stop()

  return {
    agents,
    connected,
    connectsPerSecond: connecting.connectsPerSecond,
    loginCpuMs: connecting.cpuMsPerLink,
    rssMiB: connecting.rssMiB,
    kibPerLink: connecting.kibPerLink,
    idleCpuPercent,
    commandRttMs: percentiles(commandRttMs, [50, 99]),
    durableAckMs: percentiles(durableAckMs, [50, 99]),
    queryRttMs: percentiles(queryRttMs, [50, 99]),
    diskSyncMs: diskMs,
    machineLoad: round(loadavg()[0] ?? 0),
    coldLoginCpuMs: connecting.coldCpuMsPerLink,
    rssMiBBefore: connecting.rssMiBBefore,
    rssMiBUncollected: connecting.rssMiBUncollected,
    loginPostgresCpuMs: round(postgresCpuMs / agents),
    loginEventLoopDelayMs: { p50: round(eventLoopDelayMs.p50), p99: round(eventLoopDelayMs.p99) },
    refusals: Object.fromEntries(fleet.refusals),
    localAddresses: seeded.servers.map(({ localAddress }) => localAddress ?? null),
  }
}

async function startFleet(portal: PortalUnderTest, { servers }: Seeded, name: string): Promise<Fleet> {
  return Fleet.start({
    servers,
    address: portal.gateway,
    folder: await portal.makeFolder(join('simulator', name)),
  })
}

/** How much of one core the portal uses while nothing is asked of it, in percent. */
async function idleCpu(measured: Measured, seconds: number): Promise<number> {
  const before = await measured.cpuMs()
  await after(seconds * 1_000)
  return round(((await measured.cpuMs()) - before) / (seconds * 10))
}
