/**
 * What a healthy server reports in a month: a backup each night, with figures that differ as nights do. A fault is a
 * change to one or several of them.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Fact } from '@holdfast/protocol'

type Finished = Extract<Fact, { type: 'runFinished' }>
type Counts = NonNullable<Finished['counts']>

/** What is different about a night. */
export type Night = {
  readonly outcome?: Finished['outcome']
  readonly code?: Finished['code']
  readonly detail?: string
  readonly snapshotId?: string | null
  /** Null: the agent names none. */
  readonly counts?: Partial<Counts> | null
  readonly tidied?: Finished['tidied']
  readonly planRevision?: number
  /** Against the time at which it should have been, in hours. */
  readonly beganHoursLater?: number
  readonly endedHoursLater?: number
  readonly isOpen?: true
  /** What was hashed for drills. */
  readonly manifest?: Finished['manifest']
  readonly unsampled?: Finished['unsampled']
  /** What came of reading the repository back. */
  readonly verified?: Finished['verified']
}

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
export const MIB = 1024 ** 2

const AT_NIGHT_MS = 3 * HOUR_MS

/** Between 0 and 1, the same each time. */
export const noise = (seed: number): number => ((seed * 7_919 + 13) % 101) / 101

export const healthyCounts = (night: number, seed: number): Counts => ({
  filesNew: Math.round(40 * noise(night + seed)),
  filesChanged: Math.round(80 * noise(night * 3 + seed)),
  filesUnmodified: 10_000 - 4 * night,
  bytesProcessed: Math.round(5_000 * MIB + 150 * MIB * noise(night * 5 + seed)),
  bytesAdded: Math.round(20 * MIB * noise(night * 7 + seed)),
  filesUnreadable: 0,
  unreadablePaths: [],
})

export type PlanOf = { readonly planId: string; readonly repositoryId: string; readonly revision: number }

/** The facts of one night. @param night 0 is the last one */
export function factsOf(plan: PlanOf, night: number, seed: number, change: Night = {}): Fact[] {
  const { beganHoursLater = 0, endedHoursLater = 0, outcome = 'succeeded', counts = {} } = change
  const began = Date.now() - AT_NIGHT_MS - night * DAY_MS
  const startedAt = new Date(began + beganHoursLater * HOUR_MS).toISOString()
  const tookMs = 15 * 60_000 + noise(night + seed) * 600_000
  const run = { runId: randomUUID(), planId: plan.planId, repositoryId: plan.repositoryId }
  const planRevision = change.planRevision ?? plan.revision
  const started: Fact = {
    type: 'runStarted',
    ...run,
    planRevision,
    commandId: null,
    startedAt,
    why: 'schedule',
  }
  if (change.isOpen) return [started]
  const isGood = outcome === 'succeeded' || outcome === 'warning'
  return [
    started,
    {
      type: 'runFinished',
      runId: run.runId,
      outcome,
      finishedAt: new Date(began + endedHoursLater * HOUR_MS + tookMs).toISOString(),
      snapshotId:
        change.snapshotId !== undefined ? change.snapshotId : isGood ? randomBytes(32).toString('hex') : null,
      counts: counts === null || !isGood ? null : { ...healthyCounts(night, seed), ...counts },
      code: change.code ?? null,
      detail: change.detail ?? '',
      ...(change.tidied && { tidied: change.tidied }),
      ...(change.manifest && { manifest: change.manifest }),
      ...(change.unsampled && { unsampled: change.unsampled }),
      ...(change.verified && { verified: change.verified }),
    },
  ]
}
