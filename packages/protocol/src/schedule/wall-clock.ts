/** What the clock on the wall shows at a moment, and whether a schedule asks for quiet then. */
import type { QuietWindow, Schedule } from './schema.ts'

export const MINUTE_MS = 60_000
const DAY_MINUTES = 24 * 60

type WallClock = { readonly weekday: number; readonly minuteOfDay: number }

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const formats = new Map<string, Intl.DateTimeFormat>()

/** Throws a RangeError for a time zone that this machine does not know. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  formats.set(timeZone, format)
  return format
}

function wallClock(atMs: number, timeZone: string): WallClock {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  )
  return {
    weekday: WEEKDAYS.indexOf(parts.get('weekday') ?? '') + 1,
    minuteOfDay: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
  }
}

/** For how many minutes more quiet is asked for, by the clock on the wall; 0 when a run may begin. */
export function quietMinutes({ quiet, timeZone }: Schedule, atMs: number): number {
  if (quiet.length === 0) return 0
  const clock = wallClock(atMs, timeZone)
  return Math.max(...quiet.map((window) => minutesLeft(window, clock)))
}

function minutesLeft({ days, from, to }: QuietWindow, { weekday, minuteOfDay }: WallClock): number {
  const start = minutesOf(from)
  const lasts = ((minutesOf(to) - start + DAY_MINUTES - 1) % DAY_MINUTES) + 1
  const yesterday = weekday === 1 ? 7 : weekday - 1
  const leftFrom = (day: number, minutesAgo: number) =>
    days.includes(day) && minutesAgo >= 0 ? Math.max(0, lasts - minutesAgo) : 0
  return Math.max(
    leftFrom(weekday, minuteOfDay - start),
    leftFrom(yesterday, minuteOfDay + DAY_MINUTES - start),
  )
}

function minutesOf(timeOfDay: string): number {
  return Number(timeOfDay.slice(0, 2)) * 60 + Number(timeOfDay.slice(3))
}
