/** How the CLI says sizes, times and names to a person. */
import { userInfo } from 'node:os'

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** 1,536 → `1.5 KiB`. */
export function size(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${UNITS[unit]}`
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`
}

/** 192,000 → `3 min 12 s`; hours and days drop what nobody asks for. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000))
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3_600),
    Math.floor(seconds / 60),
  ]
  if (days > 0) return joined([days, 'd'], [hours % 24, 'h'])
  if (hours > 0) return joined([hours, 'h'], [minutes % 60, 'min'])
  if (minutes > 0) return joined([minutes, 'min'], [seconds % 60, 's'])
  return `${seconds} s`
}

function joined(...parts: [number, string][]): string {
  return parts
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ')
}

/** Local time of this machine, to the minute: `2026-11-21 07:14`. */
export function moment(iso: string): string {
  const time = new Date(iso)
  const two = (number: number) => String(number).padStart(2, '0')
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** Control, format and direction characters: what could move the cursor, ring, or write from right to left. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Names of files, plans and portals come from others, and a terminal obeys what it is sent. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\u{fffd}')
}

/** Whose hand it was, for whoever reads the log later. */
export function whoIsHere(): string {
  try {
    const { username } = userInfo()
    const { SUDO_USER } = process.env
    return printable(SUDO_USER ? `${SUDO_USER} (as ${username})` : username)
  } catch {
    return 'a person at the server'
  }
}
