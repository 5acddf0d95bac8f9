/**
 * What a run does once its backup is made, each part only if the plan wants it and nobody else is in the way:
 *
 *   tidy     forgets and removes what the plan does not keep (tidy.ts)
 *   sample   hashes some files at the source, with which a drill will compare (drills/manifest.ts)
 *   verify   reads a part of the repository back (verify.ts)
 *
 * The backup is made, whatever comes of them: none of them fails, each says why it was not done.
 */
import { keepsEverything, type Plan } from '@holdfast/protocol'
import { makeManifest } from '../drills/manifest.ts'
import { openRepository } from '../repositories/open.ts'
import type { Settings } from '../settings.ts'
import type { Repository } from '../state/repositories.ts'
import type { ResticProcess, RunRecord, RunResult } from '../state/runs.ts'
import type { State } from '../state/state.ts'
import { ownRestic } from './restic.ts'
import { refusalOf } from './result.ts'
import { notDone, tidy } from './tidy.ts'
import type { Turns } from './turns.ts'
import { verify, withVerified } from './verify.ts'

export type MadeBackup = {
  readonly state: State
  readonly settings: Settings
  readonly turns: Turns
  readonly record: Pick<RunRecord, 'id' | 'portalId' | 'planId'>
  readonly plan: Plan
  readonly repository: Repository
  readonly signal: AbortSignal
}

/** What the whole run came to, once nothing of it goes on any more. A backup that failed is left as it is. */
export async function afterBackup(result: RunResult, made: MadeBackup): Promise<RunResult> {
  const isWhole = result.outcome === 'succeeded'
  if (!isWhole && result.outcome !== 'warning') return result
  const tidied = isWhole ? await tidyUp(made, result) : undefined
  const sampled = await sample(made, result)
  if (!isWhole && !sampled) return result
  const finishedAt = new Date().toISOString()
  const whole = { ...result, ...(tidied && { tidied }), ...sampled, finishedAt }
  return isWhole ? withVerified(whole, await readBack(made, whole)) : whole
}

/** Undefined where the plan keeps everything. */
async function tidyUp(made: MadeBackup, result: RunResult) {
  const { state, settings, turns, record, plan, repository } = made
  if (!plan.retention || keepsEverything(plan.retention)) return undefined
  const release = turns.alone(repository.id)
  if (release === null)
    return notDone({ code: 'repository_locked', detail: 'somebody reads from it: next time' })
  try {
    // On the disk before anything is removed: if this agent dies now, the next one knows that the backup is made.
    state.runs.backedUp(record.id, result)
    return await tidy({
      ...{ state, settings, portalId: record.portalId },
      ...{ plan, repository, snapshotId: result.snapshotId },
      hooks: hooksOf(made),
    })
  } catch (error) {
    return notDone(refusalOf(error))
  } finally {
    release()
  }
}

/** Undefined where the plan wants no drills. */
async function sample(
  { state, settings, record, plan, repository, signal }: MadeBackup,
  { snapshotId }: RunResult,
) {
  const { portalId, planId } = record
  const { drills } = state
  if (snapshotId === null) return undefined
  if (!plan.drill) {
    drills.forget(portalId, planId)
    return undefined
  }
  try {
    const made = await makeManifest(await ownRestic(settings), await openRepository(repository, state), {
      ...{ snapshotId, plan, filesMax: plan.drill.filesMax },
      signal,
    })
    drills.keep(portalId, planId, snapshotId, made)
    return { manifest: made.facts }
  } catch (error) {
    // What was hashed for an older snapshot proves nothing of this one, and that may not stay.
    drills.forget(portalId, planId)
    if (signal.aborted) return { unsampled: { code: 'run_cancelled' as const, detail: '' } }
    const { code, detail = '' } = refusalOf(error)
    return { unsampled: { code, detail } }
  }
}

/** Undefined where the plan wants none, or not this time. */
async function readBack(made: MadeBackup, result: RunResult) {
  const { state, settings, turns, record, plan, repository: kept } = made
  if (!plan.verification) return undefined
  // Somebody reads from it: after the next backup, then.
  const release = turns.alone(kept.id)
  if (release === null) return undefined
  try {
    state.runs.backedUp(record.id, result)
    return await verify({
      ...{ state, portalId: record.portalId, planId: plan.id },
      verification: plan.verification,
      open: async () => ({
        restic: await ownRestic(settings),
        repository: await openRepository(kept, state),
      }),
      hooks: hooksOf(made),
    })
  } catch (error) {
    const { code, detail = '' } = refusalOf(error)
    return { part: 1, parts: plan.verification.parts, durationMs: 0, code, detail }
  } finally {
    release()
  }
}

function hooksOf({ state, record, repository, signal }: MadeBackup) {
  return {
    signal,
    ownRuns: state.repositories.processesOf(repository.id),
    onSpawn: (process: ResticProcess) => state.runs.spawned(record.id, process),
  }
}
