import type { Refusal } from '@holdfast/protocol'
import { type BackupResult, EngineError } from '../engine/index.ts'
import { DETAIL_CHARS_MAX, Failure } from '../failure.ts'
import type { RunResult } from '../state/runs.ts'

/** Why a run was interrupted: somebody cancelled it, or the agent was stopped. */
export type AbortReason = 'cancelled' | 'stopped'

const PATH_CHARS_MAX = 4_096

export function resultOf(done: BackupResult): RunResult {
  return {
    outcome: done.outcome,
    finishedAt: new Date().toISOString(),
    snapshotId: done.snapshotId,
    counts: {
      filesNew: done.filesNew,
      filesChanged: done.filesChanged,
      filesUnmodified: done.filesUnmodified,
      bytesProcessed: done.bytesProcessed,
      bytesAdded: done.bytesAdded,
      ...(done.tooOld && { filesTooOld: done.tooOld.files, bytesTooOld: done.tooOld.bytes }),
      filesUnreadable: done.filesUnreadable,
      unreadablePaths: done.unreadablePaths
        .filter((path) => path !== '')
        .map((path) => path.slice(0, PATH_CHARS_MAX)),
    },
    code: done.outcome === 'warning' ? 'files_unreadable' : null,
    detail: '',
  }
}

export function resultOfError(error: unknown, abortReason: unknown): RunResult {
  const nothing = { finishedAt: new Date().toISOString(), snapshotId: null, counts: null }
  const refusal = refusalOf(error)
  if (refusal.code === 'run_cancelled') {
    return abortReason === 'stopped'
      ? { ...nothing, outcome: 'failed', code: 'interrupted', detail: 'the agent was stopped' }
      : { ...nothing, outcome: 'cancelled', code: 'run_cancelled', detail: '' }
  }
  return { ...nothing, outcome: 'failed', code: refusal.code, detail: refusal.detail ?? '' }
}

/** What any error of a piece of work is called. One that has no name is a mistake of ours. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof EngineError) return { code: error.code, detail: error.detail }
  if (error instanceof Failure) return error.refusal
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown'
  return { code: 'restic_crashed', detail: `A mistake of the agent. ${text}`.slice(0, DETAIL_CHARS_MAX) }
}
