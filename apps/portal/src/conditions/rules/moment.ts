/** The present, as the auditor takes it, and lengths of time that rules share. */
import type { PlanEvidence, RunEvidence, ServerEvidence } from '../evidence.ts'
import { isGood, provenAt } from '../evidence.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** A server that restarts for its updates, or a line that is out for a moment, is no news. */
export const SILENT_AFTER_MS = 30 * MINUTE_MS

/** What has happened since it came back may still be on its way: reports come in order, and there may be many. */
const CATCHING_UP_MS = 15 * MINUTE_MS

export const agoMs = (now: Date, then: Date): number => now.getTime() - then.getTime()

export function isSilent({ hasConnected, online, changedAt }: ServerEvidence, now: Date): boolean {
  return hasConnected && !online && agoMs(now, changedAt) > SILENT_AFTER_MS
}

/** Whether what has not been heard of this server has not happened. Of one that is away nobody can say. */
export function isHeardOut({ online, changedAt }: ServerEvidence, now: Date): boolean {
  return online && agoMs(now, changedAt) > CATCHING_UP_MS
}

/** The last backup there is, and when it ended. */
export function lastBackup(
  server: ServerEvidence,
  plan: PlanEvidence,
): { run: RunEvidence; at: Date } | undefined {
  const run = plan.runs.find(isGood)
  const at = run && provenAt(run, server.clockSkewMs)
  return run && at ? { run, at } : undefined
}

/** By how much the next backup is late; negative while there is time, null where no schedule says. */
export function lateMs(server: ServerEvidence, plan: PlanEvidence, now: Date): number | null {
  const { hasSchedule, scheduledAt, overdueAfterMinutes, createdAt } = plan
  if (!hasSchedule || overdueAfterMinutes === null) return null
  const since = Math.max(lastBackup(server, plan)?.at.getTime() ?? 0, (scheduledAt ?? createdAt).getTime())
  return now.getTime() - since - overdueAfterMinutes * MINUTE_MS
}
