/** What a plan says beyond folders, place, times and retention, in the words of the log and of the server's page. */
import { type PlanOptions, readExcludes } from '@holdfast/protocol'
import { formatBytes, formatCounted } from '#ui/values/format.ts'

/** One part each; none where there is nothing to say. */
export function optionsInWords(options: PlanOptions): string[] {
  const { excludes, limits, databases, commands, hooks, drill } = options
  const rules = readExcludes(excludes ?? []).rules.length
  const programs = [...(hooks?.before ?? []), ...(hooks?.after ?? [])].map(({ name }) => name)
  return [
    ...(databases?.length ? [`Databases: ${databases.join(', ')}`] : []),
    ...(commands?.length ? [`Output of ${commands.join(', ')}`] : []),
    ...(programs.length > 0 ? [`Runs ${programs.join(', ')}`] : []),
    ...(rules > 0 ? [`Leaves out by ${formatCounted(rules, 'rule')}`] : []),
    ...(limits?.largerThanBytes ? [`Leaves out files over ${formatBytes(limits.largerThanBytes)}`] : []),
    ...(limits?.oneFileSystem ? ['Stays on one file system'] : []),
    ...(drill ? [`Restoring is tried every ${formatCounted(drill.everyDays, 'day')}`] : []),
  ]
}
