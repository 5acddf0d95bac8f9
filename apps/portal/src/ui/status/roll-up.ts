/** How the health of many servers becomes the health of the folder that holds them. */
import { type Health, vocabulary } from './vocabulary.ts'

/** Every health, worst first. */
export const healthsWorstFirst = Object.keys(vocabulary.health).filter(isHealth)

/** How many servers have which health. */
export type HealthCounts = Record<Health, number>

export const noServers: HealthCounts = {
  failing: 0,
  warning: 0,
  offline: 0,
  never_ran: 0,
  running: 0,
  protected: 0,
}

/** Whether a server with this health is covered by a recent good backup, or about to be. */
export function isWell(health: Health): boolean {
  return health === 'protected' || health === 'running'
}

/** The health to show for a folder: the worst in it, or undefined when it holds no server. */
export function worstHealth(counts: HealthCounts): Health | undefined {
  return healthsWorstFirst.find((health) => counts[health] > 0)
}

export function countServers(counts: HealthCounts): number {
  return healthsWorstFirst.reduce((sum, health) => sum + counts[health], 0)
}

/** How many servers are not well. */
export function countUnprotected(counts: HealthCounts): number {
  return healthsWorstFirst.reduce((sum, health) => (isWell(health) ? sum : sum + counts[health]), 0)
}

/** The sum of several folders. */
export function addHealthCounts(all: readonly HealthCounts[]): HealthCounts {
  const sum = { ...noServers }
  for (const counts of all) for (const health of healthsWorstFirst) sum[health] += counts[health]
  return sum
}

/** The counts of a single server. */
export function countsOf(health: Health): HealthCounts {
  return { ...noServers, [health]: 1 }
}

/** In words, worst first: "1 failing, 2 offline, 39 protected"; "no servers" for none. */
export function healthInWords(counts: HealthCounts): string {
  const parts = healthsWorstFirst
    .filter((health) => counts[health] > 0)
    .map((health) => `${counts[health]} ${vocabulary.health[health].word.toLowerCase()}`)
  return parts.length > 0 ? parts.join(', ') : 'no servers'
}

function isHealth(key: string): key is Health {
  return key in vocabulary.health
}
