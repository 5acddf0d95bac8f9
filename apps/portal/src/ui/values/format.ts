/**
 * How the console writes sizes, durations, counts and times. One place, so that a number looks the same
 * wherever it stands: binary units with one decimal, durations as "3 min 12 s", days written out.
 * Pure: the present moment and the time zone are always parameters.
 */

const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const
const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const wholeNumber = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })

/** `1536` is "1.5 KiB", `12` is "12 B". */
export function formatBytes(bytes: number | bigint): string {
  let value = Number(bytes)
  let unit = 0
  // 1023.95 would round to "1024.0": it belongs to the next unit already.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < binaryUnits.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? wholeNumber.format(value) : value.toFixed(1)} ${binaryUnits[unit]}`
}

/** `12_900_000` bytes a second are "12.3 MiB/s". */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(Math.round(bytesPerSecond))}/s`
}

/** `12345` is "12,345". */
export function formatCount(count: number | bigint): string {
  return wholeNumber.format(count)
}

/** A count and its noun: "1 server", "1,204 servers". Give `many` where adding an s is wrong. */
export function formatCounted(count: number | bigint, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${Number(count) === 1 ? one : many}`
}

/** A share from 0 to 1 in whole percent. Says 100 % only when all of it is done. */
export function formatPercent(share: number): string {
  const percent = Math.floor(Math.min(1, Math.max(0, share)) * 100)
  return `${percent} %`
}

/** The two largest units that matter: "3 min 12 s", "2 h 5 min", "4 d 1 h", "850 ms" is "under 1 s". */
export function formatDuration(durationMs: number): string {
  if (durationMs < secondMs) return 'under 1 s'
  const parts = [
    [Math.floor(durationMs / dayMs), 'd'],
    [Math.floor((durationMs % dayMs) / hourMs), 'h'],
    [Math.floor((durationMs % hourMs) / minuteMs), 'min'],
    [Math.floor((durationMs % minuteMs) / secondMs), 's'],
  ] as const
  const first = parts.findIndex(([amount]) => amount > 0)
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ')
}

/** What is left of a run, rounded so that it does not fidget: "about 4 min left", "a few seconds left". */
export function formatTimeLeft(secondsLeft: number): string {
  if (secondsLeft < 10) return 'a few seconds left'
  if (secondsLeft < 60) return `about ${Math.ceil(secondsLeft / 10) * 10} s left`
  if (secondsLeft < 3600) return `about ${Math.round(secondsLeft / 60)} min left`
  return `about ${formatDuration(Math.round(secondsLeft / 300) * 300 * secondMs)} left`
}

/** How a moment lies to now, in one unit: "just now", "4 s ago", "in 3 min", "2 d ago". */
export function formatRelative(atMs: number, nowMs: number): string {
  const distanceMs = Math.abs(nowMs - atMs)
  if (distanceMs < secondMs) return 'just now'
  const amount = oneUnit(distanceMs)
  return atMs <= nowMs ? `${amount} ago` : `in ${amount}`
}

/** "4 Mar 2026, 14:03:22" in the given IANA zone. An unknown zone is read as UTC. */
export function formatDateTime(atMs: number, timeZone: string): string {
  return absoluteFormat(timeZone).format(atMs)
}

/** The short name of a zone at a moment: "CET", "GMT+5:30". An unknown zone is read as UTC. */
export function formatZone(atMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: knownZone(timeZone),
    timeZoneName: 'short',
  }).formatToParts(atMs)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? timeZone
}

const absoluteFormats = new Map<string, Intl.DateTimeFormat>()

/** Making one costs more than using it a thousand times, and a table shows hundreds of times. */
function absoluteFormat(timeZone: string): Intl.DateTimeFormat {
  const known = absoluteFormats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: knownZone(timeZone),
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  })
  absoluteFormats.set(timeZone, format)
  return format
}

function knownZone(timeZone: string): string {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone })
    return timeZone
  } catch {
    return 'UTC'
  }
}

function oneUnit(durationMs: number): string {
  if (durationMs < minuteMs) return `${Math.floor(durationMs / secondMs)} s`
  if (durationMs < hourMs) return `${Math.floor(durationMs / minuteMs)} min`
  if (durationMs < dayMs) return `${Math.floor(durationMs / hourMs)} h`
  return `${Math.floor(durationMs / dayMs)} d`
}
