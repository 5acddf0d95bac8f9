/** What went wrong and was said, and what is kept: failures, repositories, retention, and what only a handshake tells. */
import type { PlanEvidence, RunEvidence, ServerEvidence } from '../evidence.ts'
import { isGood, isOver, provenAt } from '../evidence.ts'
import { aboutPlan, aboutRepository, aboutServer, type Found } from '../found.ts'
import { agoMs, DAY_MS, HOUR_MS, lateMs, MINUTE_MS } from './moment.ts'

const SKEW_MAX_MS = 5 * MINUTE_MS
const VANISHED = new Set(['source_missing', 'source_unreadable'])
const DUMPS = /^(dump|database|command|hook)_/
const FAILING_CRITICAL_AFTER = 3
const RETENTION_RUNS = 3
const EVENT_RUNS = 7
const PRUNED_WITHIN_MS = 30 * DAY_MS

export function outcomeRules(server: ServerEvidence, now: Date): Found[] {
  const perPlan = server.plans.flatMap((plan) => [
    failing(server, plan, now),
    lacking(server, plan),
    retentionNotApplied(server, plan),
    snapshotsFell(server, plan),
    repositoryFailed(server, plan),
    notPruned(server, plan, now),
  ])
  return onePerRow([skewed(server), copySeen(server), ...perPlan].filter((found) => found !== null))
}

/** Two plans may share a repository: what is wrong with it is said once. */
function onePerRow(all: readonly Found[]): Found[] {
  return [...new Map(all.map((found) => [`${found.subject} ${found.code}`, found])).values()]
}

function skewed(server: ServerEvidence): Found | null {
  const awayMs = Math.abs(server.clockSkewMs)
  if (!server.online || awayMs <= SKEW_MAX_MS) return null
  return aboutServer(server, {
    code: 'clock_skewed',
    severity: awayMs > HOUR_MS ? 'critical' : 'warning',
    since: server.changedAt,
    facts: { awayMs, direction: server.clockSkewMs > 0 ? 'ahead' : 'behind' },
  })
}

function copySeen(server: ServerEvidence): Found | null {
  if (server.copies === 0) return null
  const { copies, changedAt: since } = server
  return aboutServer(server, { code: 'copy_seen', severity: 'warning', since, facts: { copies } })
}

function failing(server: ServerEvidence, plan: PlanEvidence, now: Date): Found | null {
  const over = plan.runs.filter(isOver)
  const [newest] = over
  if (!newest) return null
  const since = newest.endHeardAt ?? newest.heardAt
  const facts = { reason: newest.errorCode || 'interrupted', detail: newest.errorDetail.slice(0, 300) }
  if (newest.state !== 'succeeded' && VANISHED.has(newest.errorCode))
    return aboutPlan(server, plan, { code: 'source_vanished', severity: 'critical', since, facts })
  // A dump that fails spoils the backup of what it dumps, and of nothing else: the run may end with a warning.
  if (newest.state !== 'succeeded' && DUMPS.test(newest.errorCode))
    return aboutPlan(server, plan, { code: 'dump_failed', severity: 'critical', since, facts })
  // Its backup was made, and what was read back is a condition of the repository.
  if (isGood(newest) || newest.readCode === 'repository_damaged') return null
  const firstGood = over.findIndex(isGood)
  const failed = firstGood === -1 ? over : over.slice(0, firstGood)
  const first: RunEvidence = failed.at(-1) ?? newest
  const isLate = (lateMs(server, plan, now) ?? 0) > 0
  return aboutPlan(server, plan, {
    code: 'backup_failing',
    severity: isLate || failed.length >= FAILING_CRITICAL_AFTER ? 'critical' : 'warning',
    since: first.endHeardAt ?? first.heardAt,
    facts: { ...facts, runs: failed.length },
  })
}

function lacking(server: ServerEvidence, plan: PlanEvidence): Found | null {
  if (!server.online) return null
  const lacks = (capability: string) => !server.capabilities.includes(capability)
  const wanted = [
    plan.hasSchedule && lacks('schedule') ? 'a schedule' : '',
    plan.hasRetention && lacks('retention') ? 'retention' : '',
  ].filter((one) => one !== '')
  if (wanted.length === 0) return null
  const finding = { code: 'capability_lacking', severity: 'warning', since: server.changedAt } as const
  return aboutPlan(server, plan, { ...finding, facts: { wanted: wanted.join(' and ') } })
}

/** Backups since the plan is as it is, the newest first. */
function ofThisRevision({ runs, revision }: PlanEvidence): RunEvidence[] {
  return runs.filter((run) => isGood(run) && run.planRevision === revision)
}

function retentionNotApplied(server: ServerEvidence, plan: PlanEvidence): Found | null {
  if (!plan.hasRetention) return null
  const last = ofThisRevision(plan).slice(0, RETENTION_RUNS)
  const [newest] = last
  const oldest = last.at(-1)
  if (!newest || !oldest || last.length < RETENTION_RUNS) return null
  if (!last.every((run) => run.tidyCode !== '' || run.snapshotsKept === null)) return null
  return aboutPlan(server, plan, {
    code: 'retention_not_applied',
    // A site that forbids it has decided so.
    severity: newest.tidyCode === 'policy_refused' ? 'notice' : 'warning',
    since: oldest.endHeardAt ?? oldest.heardAt,
    facts: { runs: last.length, reason: newest.tidyCode || null },
  })
}

/** After each backup the agent counts what is kept and what it removed: together that is all there was, and one more. */
function snapshotsFell(server: ServerEvidence, plan: PlanEvidence): Found | null {
  const good = plan.runs.filter(isGood)
  for (const [index, run] of good.slice(0, EVENT_RUNS).entries()) {
    const before = good[index + 1]
    if (!before || before.repositoryId !== run.repositoryId || before.tidyCode !== '' || run.tidyCode !== '')
      continue
    if (before.snapshotsKept === null || run.snapshotsKept === null) continue
    const expected = before.snapshotsKept + 1 - (run.snapshotsRemoved ?? 0)
    if (run.snapshotsKept >= expected) continue
    return aboutPlan(server, plan, {
      code: 'snapshots_fell',
      severity: 'critical',
      since: run.endHeardAt ?? run.heardAt,
      facts: { expected, kept: run.snapshotsKept },
    })
  }
  return null
}

function repositoryFailed(server: ServerEvidence, plan: PlanEvidence): Found | null {
  if (plan.repositoryState !== 'failed') return null
  const facts = { reason: plan.repositoryCode || 'interrupted' }
  return aboutRepository(server, plan, {
    code: 'repository_failed',
    severity: 'critical',
    since: plan.updatedAt,
    facts,
  })
}

function notPruned(server: ServerEvidence, plan: PlanEvidence, now: Date): Found | null {
  if (!plan.hasRetention) return null
  const good = plan.runs.filter(isGood)
  const lastPruned = good.findIndex(({ bytesFreed }) => bytesFreed !== null)
  const since = (lastPruned === -1 ? good : good.slice(0, lastPruned)).findLast(
    ({ snapshotsRemoved }) => (snapshotsRemoved ?? 0) > 0,
  )
  const at = since && provenAt(since, server.clockSkewMs)
  if (!at || agoMs(now, at) <= PRUNED_WITHIN_MS) return null
  return aboutRepository(server, plan, {
    code: 'repository_not_pruned',
    severity: 'notice',
    since: at,
    facts: { ageMs: agoMs(now, at) },
  })
}
