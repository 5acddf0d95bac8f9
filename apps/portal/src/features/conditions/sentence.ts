import type { Outputs } from '#trpc/root.ts'
import { formatCounted } from '#ui/values/format.ts'

type Summary = Outputs['conditions']['summary']

/** "2 critical conditions, 5 warnings", "3 notices, nothing worse", "Nothing is wrong". */
export function conditionsSentence({ counts }: Pick<Summary, 'counts'>): string {
  const parts = [
    counts.critical > 0 ? formatCounted(counts.critical, 'critical condition') : '',
    counts.warning > 0 ? formatCounted(counts.warning, 'warning') : '',
  ].filter((part) => part !== '')
  if (parts.length > 0) return parts.join(', ')
  return counts.notice > 0 ? `${formatCounted(counts.notice, 'notice')}, nothing worse` : 'Nothing is wrong'
}

/** What the worst are: "3 × Silent, 1 × A dump fails". */
export function worstInWords({ worst }: Pick<Summary, 'worst'>): string {
  return worst.map(({ count, title }) => (count > 1 ? `${count} × ${title}` : title)).join(', ')
}
