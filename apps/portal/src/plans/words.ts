/** What a plan says, in the words of the log. */
import { optionsInWords } from '#schedule/options-words.ts'
import { retentionInWords } from '#schedule/retention-words.ts'
import { scheduleInWords } from '#schedule/words.ts'
import type { PlanSettings } from './stored.ts'

export function planInWords({ sources, schedule, retention, options }: PlanSettings): string {
  const parts = [sources.join(', '), scheduleInWords(schedule), retentionInWords(retention)]
  return [...parts, ...optionsInWords(options)].join('; ')
}
