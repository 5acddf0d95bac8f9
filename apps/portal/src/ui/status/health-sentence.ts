/** The answer that a page about servers opens with: one sentence, and the health to draw before it. */
import { formatCount } from '../values/format.ts'
import { countServers, countUnprotected, type HealthCounts, worstHealth } from './roll-up.ts'
import type { Health } from './vocabulary.ts'

export type HealthSentence = {
  sentence: string
  /** Undefined when there is nothing to be healthy. */
  health: Health | undefined
}

/** "No servers yet", "All 12 servers are protected", "3 of 412 servers are not protected". */
export function healthSentence(counts: HealthCounts): HealthSentence {
  const all = countServers(counts)
  const unprotected = countUnprotected(counts)
  const health = unprotected > 0 ? worstHealth(counts) : all > 0 ? 'protected' : undefined
  return { sentence: sentenceFor(all, unprotected), health }
}

function sentenceFor(all: number, unprotected: number): string {
  if (all === 0) return 'No servers yet'
  if (all === 1) return `The only server is ${unprotected === 0 ? '' : 'not '}protected`
  if (unprotected === 0) return `All ${formatCount(all)} servers are protected`
  return `${formatCount(unprotected)} of ${formatCount(all)} servers ${unprotected === 1 ? 'is' : 'are'} not protected`
}
