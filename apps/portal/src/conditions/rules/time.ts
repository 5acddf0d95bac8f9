/** What becomes wrong by waiting: plans that do not run, runs that do not end, wishes that are not taken up. */
import type { PlanEvidence, RunEvidence, ServerEvidence } from '../evidence.ts'
import { isGood, isOver } from '../evidence.ts'
import { aboutPlan, aboutServer, type Found } from '../found.ts'
import { agoMs, DAY_MS, HOUR_MS, isHeardOut, lastBackup, lateMs, MINUTE_MS } from './moment.ts'

const NEVER_JOINED_AFTER_MS = 3 * DAY_MS
const NOTHING_PLANNED_AFTER_MS = 3 * DAY_MS
const OLD_AFTER_MS = 8 * DAY_MS
const VERY_OLD_AFTER_MS = 30 * DAY_MS
const PAUSED_FOR_LONG_MS = 7 * DAY_MS
const TAKEN_UP_WITHIN_MS = 15 * MINUTE_MS
/** A first backup over a thin line takes days. */
const FIRST_RUN_MAX_MS = 4 * DAY_MS
const RUN_MAX_MS = 12 * HOUR_MS
const TIMES_AS_LONG = 4
const HISTORY_MIN = 3

export function timeRules(server: ServerEvidence, now: Date): Found[] {
  const ageMs = agoMs(now, server.createdAt)
  if (!server.hasConnected) {
    if (ageMs <= NEVER_JOINED_AFTER_MS) return []
    const finding = { code: 'never_joined', severity: 'notice', since: server.createdAt } as const
    return [aboutServer(server, { ...finding, facts: { ageMs } })]
  }
  if (!isHeardOut(server, now)) return []
  if (server.plans.length === 0 && ageMs > NOTHING_PLANNED_AFTER_MS) {
    const finding = { code: 'nothing_planned', severity: 'warning', since: server.createdAt } as const
    return [aboutServer(server, { ...finding, facts: { ageMs } })]
  }
  return server.plans.flatMap((plan) =>
    [neverEnded(server, plan, now), late(server, plan, now), notTakenUp(server, plan, now)].filter(
      (found) => found !== null,
    ),
  )
}

function late(server: ServerEvidence, plan: PlanEvidence, now: Date): Found | null {
  if (plan.pausedAt !== null) return paused(server, plan, plan.pausedAt, now)
  const newest = plan.runs.find(isOver)
  const last = lastBackup(server, plan)
  // What failed is said as a failure, and what is under way is waited for.
  if ((newest && !isGood(newest)) || plan.runs[0]?.state === 'running') return null
  const byMs = lateMs(server, plan, now)
  if (byMs !== null) {
    if (byMs <= 0) return null
    const since = new Date(now.getTime() - byMs)
    const code = last ? 'backup_overdue' : 'plan_never_ran'
    return aboutPlan(server, plan, { code, severity: 'critical', since, facts: { lateMs: byMs } })
  }
  const at = last?.at ?? plan.createdAt
  const ageMs = agoMs(now, at)
  if (plan.hasSchedule || ageMs <= OLD_AFTER_MS) return null
  const severity = ageMs > VERY_OLD_AFTER_MS ? 'warning' : 'notice'
  return aboutPlan(server, plan, { code: 'backup_old', severity, since: at, facts: { ageMs } })
}

/** Somebody wanted it so, and may have forgotten since. */
function paused(server: ServerEvidence, plan: PlanEvidence, since: Date, now: Date): Found | null {
  const ageMs = agoMs(now, since)
  if (ageMs <= PAUSED_FOR_LONG_MS) return null
  const severity = ageMs > VERY_OLD_AFTER_MS ? 'warning' : 'notice'
  return aboutPlan(server, plan, { code: 'plan_paused', severity, since, facts: { ageMs } })
}

/** An agent runs a plan once at a time: when another run of it has begun, the one before is over, whatever it says. */
function neverEnded(server: ServerEvidence, plan: PlanEvidence, now: Date): Found | null {
  const isStuck = (run: RunEvidence, index: number): boolean => {
    if (run.state !== 'running') return false
    const wasFollowed = plan.runs.slice(0, index).some((next) => agoMs(now, next.heardAt) > HOUR_MS)
    return wasFollowed || agoMs(now, run.heardAt) > longestMs(plan)
  }
  const stuck = plan.runs.find(isStuck)
  if (!stuck) return null
  const facts = { ageMs: agoMs(now, stuck.heardAt) }
  return aboutPlan(server, plan, {
    code: 'run_never_ended',
    severity: 'warning',
    since: stuck.heardAt,
    facts,
  })
}

function longestMs({ runs }: PlanEvidence): number {
  const lengths = runs
    .filter(isGood)
    .map(({ startedAt, finishedAt }) => (finishedAt ? agoMs(finishedAt, startedAt) : 0))
  if (lengths.length < HISTORY_MIN) return FIRST_RUN_MAX_MS
  return Math.max(RUN_MAX_MS, TIMES_AS_LONG * Math.max(...lengths))
}

function notTakenUp(server: ServerEvidence, plan: PlanEvidence, now: Date): Found | null {
  const ageMs = agoMs(now, plan.updatedAt)
  if (plan.agentRevision >= plan.revision || ageMs <= TAKEN_UP_WITHIN_MS) return null
  return aboutPlan(server, plan, {
    code: 'plan_not_taken_up',
    severity: 'warning',
    since: plan.updatedAt,
    facts: { ageMs, held: plan.agentRevision, wanted: plan.revision },
  })
}
