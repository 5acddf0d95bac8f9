/** A schedule in the words that people use for it, and the moments that it names. */
import type { QuietWindow, ScheduleTimes, SiteSchedule } from '@holdfast/protocol/schedule'

export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const

/** "Every day at 01:00, up to 30 min later". */
export function scheduleInWords(schedule: SiteSchedule | null): string {
  if (schedule === null) return 'Only when somebody starts it'
  const { times, jitterMinutes, quiet } = schedule
  return [
    timesInWords(times),
    ...(jitterMinutes > 0 ? [`up to ${minutesInWords(jitterMinutes)} later`] : []),
    ...quiet.map((window) => `not ${windowInWords(window)}`),
  ].join(', ')
}

export function minutesInWords(minutes: number): string {
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`
}

function timesInWords(times: ScheduleTimes): string {
  switch (times.kind) {
    case 'hourly':
      return `Every hour at :${String(times.minute).padStart(2, '0')}`
    case 'daily':
      return `Every day at ${times.at}`
    case 'weekly':
      return `${daysInWords(times.days)} at ${times.at}`
    case 'monthly':
      return `On the ${times.day === 'last' ? 'last day' : ordinal(times.day)} of each month at ${times.at}`
    case 'cron':
      return `By the cron expression ${times.expression}`
  }
}

function windowInWords({ days, from, to }: QuietWindow): string {
  return `${daysInWords(days)} from ${from} to ${to}`
}

/** "Every day", "Monday to Friday", "Monday, Wednesday and Friday". */
export function daysInWords(days: readonly number[]): string {
  const sorted = [...new Set(days)].sort((a, b) => a - b)
  const [first = 1] = sorted
  const last = sorted.at(-1) ?? first
  if (sorted.length === 7) return 'Every day'
  const names = sorted.map(nameOfWeekday)
  if (sorted.length > 2 && last - first === sorted.length - 1) return `${names[0]} to ${names.at(-1)}`
  if (names.length < 2) return names.join('')
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function nameOfWeekday(day: number): string {
  return WEEKDAYS[day - 1] ?? ''
}

function ordinal(day: number): string {
  const isTeen = day > 10 && day < 14
  const ending = isTeen ? 'th' : (({ 1: 'st', 2: 'nd', 3: 'rd' } as const)[day % 10] ?? 'th')
  return `${day}${ending}`
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** "Sun 22 Nov, 01:00", on the clock of the site. */
export function formatRunTime(at: Date, timeZone: string): string {
  const known = formats.get(timeZone)
  const format =
    known ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  if (!known) formats.set(timeZone, format)
  return format.format(at)
}
