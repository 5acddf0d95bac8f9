/** The time zones to choose from, as this JavaScript engine knows them. */
import { formatZone } from '../values/format.ts'
import type { Option } from './select.tsx'

/**
 * Every IANA zone with its present offset, found by city: "Europe/Berlin", "GMT+1". `nowMs` decides whether it is
 * summer there.
 */
export function timeZoneOptions(nowMs: number): Option[] {
  // Engines leave UTC out of the list, though they know it and machines are often set to it.
  const zones = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])
  return [...zones].map((zone) => ({
    value: zone,
    label: zone.replaceAll('_', ' '),
    hint: formatZone(nowMs, zone),
  }))
}

/** The zone that this machine is set to; UTC if it is one that the list does not have. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}
