/** Whether restoring has been tried, came out right, and can be believed. */
import { whyNothingWasRead } from '../drill-outcome.ts'
import { isGood, type PlanEvidence, type ServerEvidence } from '../evidence.ts'
import { aboutPlan, type Found } from '../found.ts'
import { agoMs, DAY_MS, isHeardOut } from './moment.ts'

/** A drill is held after a backup: plans do not run every day, and one may be missed. */
const SLACK_DAYS = 3
const TIMES_OVER = 2

export function drillRules(server: ServerEvidence, now: Date): Found[] {
  return server.plans.flatMap((plan) =>
    [outcome(server, plan), unsampled(server, plan) ?? overdue(server, plan, now)].filter(
      (found) => found !== null,
    ),
  )
}

/**
 * A backup that no drill can try, long before one is overdue. Where nothing of the source can be hashed, that will be so
 * the next time as well; whatever else came between may pass, and an agent that dies after its backup says nothing at all.
 */
function unsampled(server: ServerEvidence, plan: PlanEvidence): Found | null {
  if (plan.drillEveryDays === null || !server.capabilities.includes('drill')) return null
  const [newest, before] = plan.runs.filter((run) => isGood(run) && run.planRevision === plan.revision)
  if (!newest || newest.isSampled) return null
  if (newest.unsampledCode !== 'drill_no_sample' && (!before || before.isSampled)) return null
  return aboutPlan(server, plan, {
    code: 'drill_impossible',
    severity: 'warning',
    since: newest.endHeardAt ?? newest.heardAt,
    facts: { reason: newest.unsampledCode },
  })
}

function outcome(server: ServerEvidence, plan: PlanEvidence): Found | null {
  const { drill } = plan
  if (drill === null) return null
  const { heardAt: since, files, filesWrong: wrong } = drill
  if (!drill.hasPassed) {
    const reason = whyNothingWasRead(drill.errorCode)
    const facts = { files, wrong, path: drill.wrongPath, reason }
    return aboutPlan(server, plan, { code: 'drill_failed', severity: 'critical', since, facts })
  }
  const how = whyUnproven(drill)
  if (how === null) return null
  return aboutPlan(server, plan, { code: 'drill_unproven', severity: 'critical', since, facts: { how } })
}

function whyUnproven(drill: NonNullable<PlanEvidence['drill']>): string | null {
  if (!drill.isSigned) return 'its signature is wrong'
  if (!drill.isKnownKey) return 'it is signed by another key than the one that this server is known by'
  if (!drill.isKnownManifest) return 'it was compared with something else than its backup reported'
  if (drill.files === 0 || drill.filesWrong > 0) return 'its figures say otherwise'
  return null
}

function overdue(server: ServerEvidence, plan: PlanEvidence, now: Date): Found | null {
  const { drillEveryDays: everyDays, drill } = plan
  if (everyDays === null || plan.pausedAt !== null || !server.capabilities.includes('drill')) return null
  if (!isHeardOut(server, now)) return null
  // Without a backup since there is nothing to try: that is another condition.
  const first = plan.runs.findLast(isGood)
  const newest = plan.runs.find(isGood)
  if (!first || !newest) return null
  const since = drill?.heardAt ?? new Date(Math.max(first.heardAt.getTime(), plan.updatedAt.getTime()))
  const ageMs = agoMs(now, since)
  if (ageMs <= (TIMES_OVER * everyDays + SLACK_DAYS) * DAY_MS || newest.heardAt <= since) return null
  return aboutPlan(server, plan, {
    code: 'drill_overdue',
    severity: 'warning',
    since,
    facts: { everyDays, ageMs },
  })
}
