/**
 * How many reports the portal takes in: `npm run bench -- ingest [--agents N] [--runs N] --json`.
 *
 * The production portal with its own PostgreSQL, and N agents that ran their plans many times while nobody listened:
 * two reports a run, that it started and how it ended, each durable in its journal (synchronous=FULL). Twice:
 *
 *   1  all of them report at once. reportsPerSecond: from that moment until the portal has acknowledged the last one,
 *      each committed in PostgreSQL before. Agents, portal and database share the machine's processors.
 *   2  the same, with all links cut again and again meanwhile, so that batches are sent twice. Then the database is
 *      compared with what the agents wrote: lost, doubled.
 */
import { loadavg } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { familyCpuMs } from '../processes/measure.ts'
import { Fleet } from '../simulator/fleet.ts'
import { monotonicMs } from '../simulator/instructions.ts'
import type { Bench } from './main.ts'
import { round } from './percentiles.ts'
import { type PortalUnderTest, startPortalUnderTest } from './portal-under-test.ts'
import { seedSimulatedServers } from './simulated-servers.ts'

const REPORTS_PER_RUN = 2
const CUT_AFTER_MS = 200
const CUTS_MAX = 10

const optionsSchema = z.object({
  agents: z.coerce.number().int().min(1).max(10_000),
  runs: z.coerce.number().int().min(1).max(100_000),
})

export const ingest: Bench = {
  usage: '[--agents N] [--runs N]',
  measures: 'durable reports a second, and whether each took effect exactly once although links were cut',
  async run(args, say) {
    const { values } = parseArgs({
      args: [...args],
      options: { agents: { type: 'string', default: '200' }, runs: { type: 'string', default: '250' } },
    })
    const { agents, runs } = optionsSchema.parse(values)
    await using portal = await startPortalUnderTest(say)
    say(`Registering ${agents} servers ...`)
    const { servers } = await seedSimulatedServers(portal, portal.provider, {
      servers: agents,
      plans: agents,
    })
    const fleet = await Fleet.start({
      servers,
      address: portal.gateway,
      folder: await portal.makeFolder('simulator'),
      workMs: 0,
      backoff: { firstMs: 50, mostMs: 200 },
    })
    say(`Connecting ${agents} agents ...`)
    await fleet.connectAll()

    const reports = agents * runs * REPORTS_PER_RUN
    say(`Writing ${reports} reports ...`)
    await fleet.runUnheard(runs)
    say('Reporting ...')
    const before = await costs(portal)
    const startedAt = monotonicMs()
    await fleet.reportAll(agents)
    const seconds = (monotonicMs() - startedAt) / 1_000
    const after = await costs(portal)
    const machineLoad = round(loadavg()[0] ?? 0)
    const calm = await compare(portal, runs)
    say(`${Math.round(reports / seconds)} reports a second`)

    say('Once more, with links that are cut ...')
    await fleet.runUnheard(runs)
    const cuts = await reportWhileCutting(fleet, agents)
    const { lost, doubled } = await compare(portal, runs * 2)
    await fleet.stop()
    return {
      agents,
      reports: reports * 2,
      reportsPerSecond: Math.round(reports / seconds),
      lost: Math.max(lost, calm.lost),
      doubled: Math.max(doubled, calm.doubled),
      cuts,
      portalCpuMsPerReport: round((after.portalMs - before.portalMs) / reports),
      postgresCpuMsPerReport: round((after.postgresMs - before.postgresMs) / reports),
      refusals: Object.fromEntries(fleet.refusals),
      machineLoad,
    }
  },
}

async function costs({ measured, postmasterPid }: PortalUnderTest) {
  return { portalMs: await measured.cpuMs(), postgresMs: await familyCpuMs(postmasterPid) }
}

/** Cuts all links in the middle of it, each time that all are back. Returns how often. */
async function reportWhileCutting(fleet: Fleet, agents: number): Promise<number> {
  let isOver = false
  const allReported = fleet.reportAll(agents).then(() => {
    isOver = true
  })
  let cuts = 0
  while (!isOver && cuts < CUTS_MAX) {
    await after(CUT_AFTER_MS)
    if (fleet.online.size < agents) continue
    fleet.cutAll()
    cuts += 1
  }
  await allReported
  return cuts
}

const counted = z.object({ runs: z.coerce.number(), ended: z.coerce.number(), moved: z.coerce.number() })

/** In reports: what each server wrote, against its runs in the database and the cursor of its journal. */
async function compare({ database, provider }: PortalUnderTest, runsWritten: number) {
  const { rows } = await database.forTenantSql(provider, (sql) =>
    sql.query(
      `SELECT (SELECT count(*) FROM run WHERE run.server_id = server.id) AS runs,
              (SELECT count(*) FROM run WHERE run.server_id = server.id AND state = 'succeeded') AS ended,
              (SELECT coalesce(sum(last_sequence), 0) FROM report_cursor WHERE server_id = server.id) AS moved
       FROM server WHERE EXISTS (SELECT FROM plan WHERE plan.server_id = server.id)`,
    ),
  )
  const wanted = runsWritten * REPORTS_PER_RUN
  const servers = z.array(counted).parse(rows)
  const missing = servers.map(({ runs, ended, moved }) => wanted - Math.min(runs + ended, moved))
  const extra = servers.map(({ runs, ended, moved }) => Math.max(runs + ended, moved) - wanted)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + Math.max(0, n), 0)
  return { lost: sum(missing), doubled: sum(extra) }
}
