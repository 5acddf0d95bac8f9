/**
 * When a plan runs by itself. The agent keeps it with the plan, so it needs no portal to know the time; the console
 * shows from the same data what is going to happen. Times are those on the wall at the site: `timeZone` travels along.
 */
import { z } from 'zod'

/** Such as `01:30`, on the wall clock of the site. */
export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Give a time, for example 01:30.')

/** As ISO 8601 counts: Monday is 1, Sunday is 7. */
export const weekday = z.number().int().min(1).max(7)
const weekdays = z.array(weekday).min(1, 'Choose at least one day.').max(7)

/** minute, hour, day of the month, month, day of the week. Seconds and nicknames such as `@daily` are not among it. */
export const CRON_EXPRESSION = /^[0-9A-Za-z*,/#-]{1,100}( [0-9A-Za-z*,/#-]{1,100}){4}$/

export const scheduleTimes = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hourly'), minute: z.number().int().min(0).max(59) }),
  z.object({ kind: z.literal('daily'), at: timeOfDay }),
  z.object({ kind: z.literal('weekly'), days: weekdays, at: timeOfDay }),
  /** Days that some months lack are not offered: `last` is what people mean by them. */
  z.object({
    kind: z.literal('monthly'),
    day: z.union([z.number().int().min(1).max(28), z.literal('last')]),
    at: timeOfDay,
  }),
  z.object({
    kind: z.literal('cron'),
    expression: z
      .string()
      .max(200)
      .regex(
        CRON_EXPRESSION,
        'Give minute, hour, day, month and day of the week, for example 30 22 * * 1-5.',
      ),
  }),
])
export type ScheduleTimes = z.output<typeof scheduleTimes>

/** No run begins in it. It may reach past midnight; it belongs to the day on which it begins. Equal ends: 24 hours. */
export const quietWindow = z.object({ days: weekdays, from: timeOfDay, to: timeOfDay })
export type QuietWindow = z.output<typeof quietWindow>

export const JITTER_MINUTES_MAX = 240
export const QUIET_WINDOWS_MAX = 20

/** All but the time zone, which is a matter of the site. */
export const siteSchedule = z.object({
  times: scheduleTimes,
  /** Runs begin up to so much later: always as much for one plan, and differently for each, so that not all begin at once. */
  jitterMinutes: z.number().int().min(0).max(JITTER_MINUTES_MAX),
  quiet: z.array(quietWindow).max(QUIET_WINDOWS_MAX),
  /** Whatever was missed while the machine was off is made up for, by one run. */
  runMissed: z.boolean(),
})
export type SiteSchedule = z.output<typeof siteSchedule>

/** Whether the time zone is one is for each end to find out: they may know different ones. */
export const schedule = siteSchedule.extend({ timeZone: z.string().min(1).max(64) })
export type Schedule = z.output<typeof schedule>

/** Why a run began: a person asked for it, its time had come, or a time that had been missed was made up for. */
export const RUN_REASONS = ['asked', 'schedule', 'missed'] as const
export type RunReason = (typeof RUN_REASONS)[number]
