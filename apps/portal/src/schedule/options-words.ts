/** What a plan says beyond folders, place, times and retention, in the words of the log and of the server's page. */
import { type Bandwidth, type PlanOptions, readExcludes, type Verification } from '@holdfast/protocol'
import { formatBytes, formatCounted, formatRate } from '#ui/values/format.ts'

/** One part each; none where there is nothing to say. */
export function optionsInWords(options: PlanOptions): string[] {
  const { excludes, limits, databases, commands, hooks, bandwidth, verification, drill } = options
  const rules = readExcludes(excludes ?? []).rules.length
  const programs = [...(hooks?.before ?? []), ...(hooks?.after ?? [])].map(({ name }) => name)
  return [
    ...(databases?.length ? [`Databases: ${databases.join(', ')}`] : []),
    ...(commands?.length ? [`Output of ${commands.join(', ')}`] : []),
    ...(programs.length > 0 ? [`Runs ${programs.join(', ')}`] : []),
    ...(rules > 0 ? [`Leaves out by ${formatCounted(rules, 'rule')}`] : []),
    ...(limits?.largerThanBytes ? [`Leaves out files over ${formatBytes(limits.largerThanBytes)}`] : []),
    ...(limits?.olderThanDays
      ? [`Leaves out files not changed for ${ageInWords(limits.olderThanDays)}`]
      : []),
    ...(limits?.oneFileSystem ? ['Stays on one file system'] : []),
    ...(bandwidth ? [bandwidthInWords(bandwidth.byHour)] : []),
    ...(verification ? [verificationInWords(verification)] : []),
    ...(drill ? [`Restoring is tried every ${formatCounted(drill.everyDays, 'day')}`] : []),
  ]
}

/** "Sends at most 512 KiB/s from 08:00 to 18:00". */
export function bandwidthInWords(byHour: Bandwidth['byHour']): string {
  const parts = byHour.flatMap((kib, from) => {
    if (kib === null || byHour[from - 1] === kib) return []
    const after = byHour.findIndex((each, hour) => hour > from && each !== kib)
    return [`${formatRate(kib * 1_024)} from ${clock(from)} to ${clock(after === -1 ? 24 : after)}`]
  })
  return parts.length === 0 ? 'Sends as fast as it can' : `Sends at most ${parts.join(', ')}`
}

export function verificationInWords({ everyRuns, parts }: Verification): string {
  const when = everyRuns === 1 ? 'after each backup' : `after every ${everyRuns} backups`
  return parts === 1
    ? `Reads all of the repository back ${when}`
    : `Reads back 1/${parts} of the repository ${when}`
}

/** "3 years", "90 days". */
export function ageInWords(days: number): string {
  return days % 365 === 0 ? formatCounted(days / 365, 'year') : formatCounted(days, 'day')
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`
}
