/**
 * After a backup that succeeded, now and then: reads back a part of what lies in the repository, and in turn all of it.
 *
 *   run 1 2 3 … everyRuns ──► part 1 of N     and again so many runs later ──► part 2 of N … part N, part 1
 *
 * restic looks at the lists each time, and compares every byte of the part with its hash. What it finds is no matter of
 * one file: the run has then failed, whatever its own backup came to.
 */
import type { Verification, Verified } from '@holdfast/protocol'
import { check, type Repository, type Restic, type RunHooks } from '../engine/index.ts'
import type { RunResult } from '../state/runs.ts'
import type { State } from '../state/state.ts'
import { refusalOf } from './result.ts'

export type VerifyWork = {
  readonly state: State
  readonly portalId: string
  readonly planId: string
  readonly verification: Verification
  readonly hooks: RunHooks
  open(): Promise<{ restic: Restic; repository: Repository }>
}

/** Undefined when it is not its time yet. Failing is a result. */
export async function verify(work: VerifyWork): Promise<Verified | undefined> {
  const { state, portalId, planId, verification } = work
  const { everyRuns, parts } = verification
  const before = state.verifications.of(portalId, planId)
  const runs = before.runs + 1
  if (runs < everyRuns) {
    state.verifications.set(portalId, planId, { runs, part: before.part })
    return undefined
  }
  const part = before.part >= parts ? 1 : before.part + 1
  const begunMs = performance.now()
  const took = () => Math.round(performance.now() - begunMs)
  try {
    const { restic, repository } = await work.open()
    await check(restic, repository, { readData: { part, parts } }, work.hooks)
    state.verifications.set(portalId, planId, { runs: 0, part })
    return { part, parts, durationMs: took(), code: null, detail: '' }
  } catch (error) {
    // Its turn comes again after the next backup.
    state.verifications.set(portalId, planId, { runs: everyRuns, part: before.part })
    const { code, detail = '' } = refusalOf(error)
    return { part, parts, durationMs: took(), code, detail }
  }
}

/** What the run has come to, with what was found. */
export function withVerified(result: RunResult, verified: Verified | undefined): RunResult {
  if (verified === undefined) return result
  const finishedAt = new Date().toISOString()
  if (verified.code !== 'repository_damaged') return { ...result, finishedAt, verified }
  const { code, detail } = verified
  return { ...result, finishedAt, outcome: 'failed', code, detail, verified }
}
