/**
 * When a plan runs next: a pure function of its schedule, of what has been settled already, and of now. The agent
 * starts runs by it, and the console shows by the very same what will happen.
 *
 *   schedule ──► slots      what the cron expression names, on the clock of the site
 *            ──► occurrence slot + the plan's own delay; none where the schedule asks for quiet
 *            ──► nextRun    the first occurrence that is not settled. Gone by? Then all that were missed are one run now
 *
 * Twice a year a clock on a wall is set. A time of day that is left out is run at once when the clocks have been set
 * forward; one that comes twice is run the first time only; "each hour" and "each minute" go on as if nothing were.
 *
 * A clock may also be wrong, and then be right. What is settled stays settled when it goes back, so nothing is run
 * twice; but a settled moment so far ahead that no clock change explains it is not believed, or a machine that once
 * believed it was 2040 would not be backed up until then.
 */
import { Cron } from 'croner'
import type { RunReason, Schedule, ScheduleTimes } from './schema.ts'
import { MINUTE_MS, quietMinutes } from './wall-clock.ts'

/** A plan as far as its times go. It belongs to one server, so its id stands for both in the delay. */
export type Scheduled = { readonly id: string; readonly schedule: Schedule }

export type NextRun = { readonly at: Date; readonly why: Exclude<RunReason, 'asked'> }

/** A run that begins so much late is on time: machines are busy, and timers are coarse. */
export const ON_TIME_MS = 5 * MINUTE_MS
const HOUR_MS = 60 * MINUTE_MS
/** More than time zones, summer time and a battery that ran down over night explain. */
const CLOCK_TRUST_MS = 26 * HOUR_MS
/** Quiet slots that are looked past, before a schedule is held to be one that never runs. */
const LOOKS_MAX = 1_000

/**
 * @param settledAt up to when everything is settled: the last run that the schedule began, or when it was taken over.
 * @returns null when it never runs. `at` is not in the past by more than what counts as on time.
 * Throws for a schedule that this machine cannot read: `whyUnreadable` tells before.
 */
export function nextRun(plan: Scheduled, settledAt: Date, now: Date): NextRun | null {
  const nowMs = now.getTime()
  const isBelieved = settledAt.getTime() <= nowMs + CLOCK_TRUST_MS
  const first = occurrenceAfter(plan, isBelieved ? settledAt.getTime() : nowMs)
  if (first === null) return null
  const onTimeFrom = nowMs - ON_TIME_MS
  if (first >= onTimeFrom) return { at: new Date(first), why: 'schedule' }
  const regular = occurrenceAfter(plan, onTimeFrom - 1)
  const madeUp = plan.schedule.runMissed ? quietEnd(plan.schedule, nowMs) : null
  if (madeUp !== null && (regular === null || madeUp < regular))
    return { at: new Date(madeUp), why: 'missed' }
  return regular === null ? null : { at: new Date(regular), why: 'schedule' }
}

/** The next `count` runs if nothing gets in between: what the console shows beforehand. */
export function upcomingRuns(plan: Scheduled, now: Date, count: number): Date[] {
  const runs: Date[] = []
  while (runs.length < count) {
    const at = occurrenceAfter(plan, runs.at(-1)?.getTime() ?? now.getTime())
    if (at === null) break
    runs.push(new Date(at))
  }
  return runs
}

/** Runs that are looked at, and days, before a schedule is held to be known by heart. */
const SAMPLE_RUNS = 12
const SAMPLE_MS = 40 * 24 * HOUR_MS
/** A backup takes its time, and may be one try late. */
const GRACE_SHARE = 0.25
const GRACE_MS_MIN = 2 * HOUR_MS

/** How long after a backup the next one is overdue: the longest time between two runs, and some grace. Null: never. */
export function overdueAfterMinutes(plan: Scheduled, now: Date): number | null {
  let at = occurrenceAfter(plan, now.getTime())
  let longestMs: number | null = null
  for (let runs = 0; at !== null && (runs < SAMPLE_RUNS || at < now.getTime() + SAMPLE_MS); runs += 1) {
    // No need to look at each run of a busy schedule: an hour more or less is within the grace.
    const following: number | null = occurrenceAfter(plan, at + HOUR_MS)
    if (following !== null) longestMs = Math.max(longestMs ?? 0, following - at)
    at = following
  }
  if (longestMs === null) return null
  return Math.ceil((longestMs + Math.max(GRACE_MS_MIN, longestMs * GRACE_SHARE)) / MINUTE_MS)
}

/** The first occurrence after this moment. */
function occurrenceAfter({ id, schedule }: Scheduled, afterMs: number): number | null {
  const cron = cronOf(schedule)
  const share = shareOf(id)
  const jitterMs = schedule.jitterMinutes * MINUTE_MS
  let slot = cron.nextRun(new Date(afterMs - jitterMs - 1))?.getTime()
  for (let looks = 0; slot !== undefined && looks < LOOKS_MAX; looks += 1) {
    const following: number | undefined = cron.nextRun(new Date(slot))?.getTime()
    const quiet = quietMinutes(schedule, slot)
    if (quiet === 0) {
      // Never as far as the next slot, so the order stays; and never into quiet time, which began after the slot.
      const spread = Math.min(jitterMs, (following ?? Number.POSITIVE_INFINITY) - slot)
      const delayed = slot + Math.floor((share * spread) / 1_000) * 1_000
      const at = quietMinutes(schedule, delayed) === 0 ? delayed : slot
      if (at > afterMs) return at
      slot = following
    } else {
      // An hour short of the end of the quiet: clocks may be set within it.
      const beforeEnd = slot + quiet * MINUTE_MS - HOUR_MS - 1
      slot = beforeEnd > slot ? cron.nextRun(new Date(beforeEnd))?.getTime() : following
    }
  }
  return null
}

/** From when on a run may begin. Null when the quiet never ends. */
function quietEnd(schedule: Schedule, fromMs: number): number | null {
  let at = fromMs
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const quiet = quietMinutes(schedule, at)
    if (quiet === 0) return at
    const wholeMinute = Math.floor(at / MINUTE_MS) * MINUTE_MS
    at = wholeMinute + (quiet > 60 ? quiet - 60 : 1) * MINUTE_MS
  }
  return null
}

const crons = new Map<string, Cron>()
const CRONS_MAX = 500

function cronOf({ times, timeZone }: Schedule): Cron {
  const expression = expressionOf(times)
  const key = `${timeZone} ${expression}`
  const known = crons.get(key)
  if (known) return known
  const cron = new Cron(expression, { timezone: timeZone, mode: '5-part', paused: true })
  if (crons.size >= CRONS_MAX) crons.clear()
  crons.set(key, cron)
  return cron
}

export function expressionOf(times: ScheduleTimes): string {
  if (times.kind === 'cron') return times.expression
  if (times.kind === 'hourly') return `${times.minute} * * * *`
  const [hour, minute] = times.at.split(':').map(Number)
  switch (times.kind) {
    case 'daily':
      return `${minute} ${hour} * * *`
    case 'weekly':
      return `${minute} ${hour} * * ${times.days.toSorted((a, b) => a - b).join(',')}`
    case 'monthly':
      return `${minute} ${hour} ${times.day === 'last' ? 'L' : times.day} * *`
  }
}

/** What keeps this machine from reading a schedule; null when nothing does. */
export function whyUnreadable(schedule: Schedule): 'time_zone' | 'expression' | null {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: schedule.timeZone })
  } catch {
    return 'time_zone'
  }
  try {
    cronOf(schedule)
    return null
  } catch {
    return 'expression'
  }
}

/** Between 0 and 1, by FNV-1a: the same for the same text on every machine, and unlike for like ones. */
function shareOf(text: string): number {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  // The low bits of FNV are its good ones, the last step spreads them over the whole.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return ((hash ^ (hash >>> 13)) >>> 0) / 0x1_0000_0000
}
