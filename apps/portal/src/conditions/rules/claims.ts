/** Successes that cannot be: what an agent claims, held against itself and against the portal's own clock. */
import {
  bytesThere,
  filesOf,
  filesThere,
  isGood,
  type PlanEvidence,
  type RunEvidence,
  type ServerEvidence,
} from '../evidence.ts'
import { aboutPlan, type Finding, type Found } from '../found.ts'
import { usualOf } from '../usual.ts'
import { agoMs, MINUTE_MS } from './moment.ts'

/** Clocks are corrected while runs go on: so much is nobody's lie. */
const CLOCK_STEP_MS = 5 * MINUTE_MS
const MIB = 1024 ** 2
/** No disk writes more. */
const BYTES_PER_SECOND_MAX = 20 * 1024 ** 3
/** What restic adds to the data itself, for each file and in all. */
const OVERHEAD_PER_FILE = 16 * 1024
const OVERHEAD = 256 * MIB

export function claimRules(server: ServerEvidence): Found[] {
  return server.plans.flatMap((plan) => {
    const run = plan.runs.find(isGood)
    if (!run) return []
    const since = run.endHeardAt ?? run.heardAt
    return findings(server, plan, run).map((finding) => aboutPlan(server, plan, { since, ...finding }))
  })
}

function findings(
  server: ServerEvidence,
  plan: PlanEvidence,
  run: RunEvidence,
): (Omit<Finding, 'since'> & { since?: Date })[] {
  const all = []
  if (run.snapshotId === '') all.push({ code: 'success_without_snapshot', severity: 'critical' } as const)
  if (run.snapshotId !== '' && isRepeated(server, run))
    all.push({ code: 'snapshot_repeated', severity: 'critical' } as const)
  const nothing = ofNothing(plan, run)
  if (nothing) all.push(nothing)
  const times = howTimesCannotBe(run, server.clockSkewMs)
  if (times !== null)
    all.push({ code: 'times_impossible', severity: 'warning', facts: { how: times } } as const)
  const figures = howFiguresCannotBe(run)
  if (figures !== null)
    all.push({ code: 'figures_impossible', severity: 'warning', facts: { how: figures } } as const)
  if (ranOldPlan(server, plan, run)) {
    const facts = { wanted: plan.revision, ran: run.planRevision }
    all.push({ code: 'old_plan_run', severity: 'warning', facts } as const)
  }
  return all
}

function ofNothing(plan: PlanEvidence, run: RunEvidence): Omit<Finding, 'since'> | null {
  if (filesThere(run) > 0) {
    // Files that are all empty exist; a plan whose files used to hold something is another matter.
    const before = plan.runs.filter((one) => isGood(one) && one !== run && bytesThere(one) > 0)
    if (bytesThere(run) > 0 || before.length === 0) return null
    return { code: 'success_of_nothing', severity: 'critical', facts: { nothing: 'not one byte' } }
  }
  const usual = usualOf([0, ...plan.runs.filter((one) => isGood(one) && one !== run).map(filesThere)])
  if (usual.max > 0)
    return { code: 'source_empty', severity: 'critical', facts: { usualFiles: usual.median || usual.max } }
  return { code: 'success_of_nothing', severity: 'warning', facts: { nothing: 'not one file' } }
}

function isRepeated({ plans }: ServerEvidence, run: RunEvidence): boolean {
  return plans.some(({ runs }) =>
    runs.some((other) => other.id !== run.id && other.snapshotId === run.snapshotId && isGood(other)),
  )
}

function howTimesCannotBe(run: RunEvidence, clockSkewMs: number): string | null {
  if (run.finishedAt === null) return 'ended at no time'
  if (agoMs(run.startedAt, run.finishedAt) > CLOCK_STEP_MS) return 'ended before it began'
  const heard = (run.endHeardAt ?? run.heardAt).getTime()
  const ended = run.finishedAt.getTime()
  // By its own clock, and by ours: a wrong clock is another condition.
  if (Math.min(ended, ended - clockSkewMs) > heard + CLOCK_STEP_MS) return 'ended after its end was reported'
  return null
}

function howFiguresCannotBe(run: RunEvidence): string | null {
  const { bytesAdded, bytesProcessed, startedAt, finishedAt } = run
  const seconds = Math.max(1, agoMs(finishedAt ?? startedAt, startedAt) / 1_000)
  if (bytesAdded / seconds > BYTES_PER_SECOND_MAX) return 'wrote more in a second than any disk can'
  if (bytesAdded > 2 * bytesProcessed + filesOf(run) * OVERHEAD_PER_FILE + OVERHEAD)
    return 'added far more to the repository than it read'
  return null
}

/**
 * A plan that was changed while the server was away is rightly run as it was before: it counts only what began while the
 * server was connected, well after the change.
 */
function ranOldPlan(server: ServerEvidence, plan: PlanEvidence, run: RunEvidence): boolean {
  if (run.planRevision >= plan.revision || plan.agentRevision < plan.revision || !server.online) return false
  const began = run.startedAt.getTime() - server.clockSkewMs
  const knewSince = Math.max(plan.updatedAt.getTime(), server.changedAt.getTime())
  return began > knewSince + 15 * MINUTE_MS && run.heardAt.getTime() > knewSince + 15 * MINUTE_MS
}
