/** Which snapshots of a plan stay, in the words that people use for it. */
import type { Retention } from '@holdfast/protocol'

/** "Keeps the last 3, 7 daily, 4 weekly and 12 monthly snapshots". */
export function retentionInWords(retention: Retention | null): string {
  if (retention === null) return 'Keeps every snapshot'
  const { last, withinDays } = retention
  const parts = [
    ...(last > 0 ? [last === 1 ? 'the newest one' : `the last ${last}`] : []),
    ...PERIODS.flatMap((period) => (retention[period] > 0 ? [`${retention[period]} ${period}`] : [])),
    ...(withinDays > 0 ? [`all of the last ${withinDays} days`] : []),
  ]
  return `Keeps ${parts.slice(0, -1).join(', ')}${parts.length > 1 ? ' and ' : ''}${parts.at(-1)}`
}

const PERIODS = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const
