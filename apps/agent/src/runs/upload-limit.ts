import type { Bandwidth } from '@holdfast/protocol'

/**
 * KiB a second for a run that begins now; null for no limit. It holds for the whole run, also where that goes on into
 * another hour: restic is told once, and beginning anew would send again what is not in an index yet.
 */
export function uploadLimit(bandwidth: Bandwidth | null | undefined, now: Date): number | null {
  if (!bandwidth) return null
  return bandwidth.byHour[hourAt(now, bandwidth.timeZone)] ?? null
}

function hourAt(now: Date, timeZone: string | undefined): number {
  try {
    const hour = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', hourCycle: 'h23', timeZone }).format(now)
    return Number(hour)
  } catch {
    // A zone that this machine does not know.
    return now.getHours()
  }
}
