/** What `status` shows: asked of the running agent, printed for people or as JSON. Times as in the state file. */
import {
  placeText,
  plan,
  progress,
  type RefusalCode,
  refusalCode,
  runCounts,
  tidied,
} from '@holdfast/protocol'
import { z } from 'zod'
import type { Link } from '../link/link.ts'
import type { ListeningView } from '../listen/listening.ts'
import { AGENT_VERSION } from '../machine.ts'
import type { Runs } from '../runs/runs.ts'
import type { State } from '../state/state.ts'

const milliseconds = z.number()

/** Where the agent waits to be dialled; `code`: why it does not, although it should. Null when it is not set to. */
export const listeningReport = z
  .object({
    address: z.string().nullable(),
    port: z.number(),
    code: refusalCode.nullable(),
    detail: z.string(),
    /** What became of the rule in this machine's firewall; null where nothing was to be done. */
    firewall: z.string().nullable(),
  })
  .nullable()

export const statusReport = z.object({
  pid: z.number(),
  version: z.string(),
  stateFolder: z.string(),
  startedAt: milliseconds,
  /** What is wrong on this machine itself. */
  notices: z.array(refusalCode),
  listening: listeningReport,
  portals: z.array(
    z.object({
      name: z.string(),
      displayName: z.string().nullable(),
      /** Where it was dialled, or where the portal came from when it dialled us; empty before that. */
      address: z.string(),
      /** The portal's own address, and the proxy on the way, of the line that stands; null without one. */
      ip: z.string().nullable(),
      proxy: z.string().nullable(),
      isCalled: z.boolean(),
      state: z.enum(['offline', 'dialing', 'greeting', 'proving', 'online', 'draining']),
      code: refusalCode.nullable(),
      detail: z.string(),
      since: milliseconds,
      lastProofAt: milliseconds.nullable(),
      nextDialAt: milliseconds.nullable(),
      notices: z.array(refusalCode),
      reportsWaiting: z.number(),
      plans: z.array(plan),
    }),
  ),
  repositories: z.array(z.object({ id: z.string(), name: z.string(), place: z.string(), state: z.string() })),
  running: z.array(
    z.object({ runId: z.string(), plan: z.string(), startedAt: z.string(), progress: progress.nullable() }),
  ),
  lastRuns: z.array(
    z.object({
      runId: z.string(),
      plan: z.string(),
      startedAt: z.string(),
      finishedAt: z.string(),
      outcome: z.enum(['succeeded', 'warning', 'failed', 'cancelled', 'unknown']),
      snapshotId: z.string().nullable(),
      counts: runCounts.nullable(),
      code: refusalCode.nullable(),
      detail: z.string(),
      tidied: tidied.optional(),
    }),
  ),
})
export type StatusReport = z.output<typeof statusReport>

const LAST_RUNS = 5

export type Running = {
  readonly state: State
  readonly links: Iterable<Link>
  readonly runs: Runs
  readonly startedAt: number
  readonly notices: readonly RefusalCode[]
  readonly listening: ListeningView | null
}

export function report({ state, links, runs, startedAt, notices, listening }: Running): StatusReport {
  return {
    pid: process.pid,
    version: AGENT_VERSION,
    stateFolder: state.folder,
    startedAt,
    notices: [...notices],
    listening: listeningOf(listening),
    portals: [...links].flatMap((link) => portalOf(state, link)),
    repositories: state.repositories
      .all()
      .map(({ id, name, place, state: made }) => ({ id, name, place: placeText(place), state: made })),
    running: runs.active.map(({ id, planName, startedAt: begun, progress: seen }) => ({
      runId: id,
      plan: planName,
      startedAt: begun,
      progress: seen,
    })),
    lastRuns: state.runs
      .last(LAST_RUNS)
      .flatMap(({ id, planName, startedAt: begun, result }) =>
        result === null ? [] : [{ runId: id, plan: planName, startedAt: begun, ...result }],
      ),
  }
}

export function listeningOf(view: ListeningView | null): StatusReport['listening'] {
  if (view === null) return null
  const { address, port, refusal, firewall } = view
  return { address, port, code: refusal?.code ?? null, detail: refusal?.detail ?? '', firewall }
}

function portalOf(state: State, link: Link): StatusReport['portals'] {
  const portal = state.portals.find(link.portalId)
  if (portal === null) return []
  const { view } = link
  return [
    {
      name: portal.name,
      displayName: portal.displayName,
      address: view.address,
      ip: view.way?.ip ?? null,
      proxy: view.way?.proxy ?? null,
      isCalled: view.isCalled,
      state: view.state,
      code: view.refusal?.code ?? null,
      detail: view.refusal?.detail ?? '',
      since: view.since,
      lastProofAt: view.lastHeardAt,
      nextDialAt: view.nextDialAt,
      notices: [...view.notices],
      reportsWaiting: state.outbox.waiting(portal.id),
      plans: state.plans.of(portal.id),
    },
  ]
}
