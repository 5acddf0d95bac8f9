import { UsageError } from './command.ts'

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/**
 * A time in the past as people type it: how long ago (`30min`, `2h`, `7d`), or a date with or without a time by this
 * machine's clock (`2026-11-21`, `2026-11-21 07:14`). Gives it as ISO.
 * @param now milliseconds since 1970
 */
export function readMoment(flag: string, typed: string, now: number): string {
  const [, count = '', unit = ''] = /^(\d{1,6})\s*(s|min|m|h|d)$/.exec(typed.trim()) ?? []
  const ago = UNITS_MS[unit]
  if (ago !== undefined) return new Date(now - Number(count) * ago).toISOString()
  const [, date, time = '00:00'] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2})?))?$/.exec(typed.trim()) ?? []
  const moment = new Date(`${date}T${time}`)
  if (date === undefined || Number.isNaN(moment.getTime()))
    throw new UsageError(`${flag} takes how long ago (30min, 2h, 7d) or a date ("2026-11-21 07:14").`)
  return moment.toISOString()
}
