/** What a plan says beyond folders, place, times and retention, in the words of the log and of the server's page. */
import { type PlanOptions, readExcludes } from '@holdfast/protocol'
import { formatBytes, formatCounted } from '#ui/values/format.ts'

/** One part each; none where there is nothing to say. */
export function optionsInWords({ excludes, limits }: PlanOptions): string[] {
  const rules = readExcludes(excludes ?? []).rules.length
  return [
    ...(rules > 0 ? [`Leaves out by ${formatCounted(rules, 'rule')}`] : []),
    ...(limits?.largerThanBytes ? [`Leaves out files over ${formatBytes(limits.largerThanBytes)}`] : []),
    ...(limits?.oneFileSystem ? ['Stays on one file system'] : []),
  ]
}
