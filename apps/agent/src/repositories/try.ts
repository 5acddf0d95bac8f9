/**
 * Tries out whether a repository works, from beginning to end: the engine's trial, in its turn among the runs there, and
 * with a limit, because somebody is waiting for the answer.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Workshop } from '../commands/handler.ts'
import { tryLock, tryOut } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import { ownRestic } from '../runs/restic.ts'
import type { Repository } from '../state/repositories.ts'
import { openRepository } from './open.ts'

const TRIAL_MS_MAX = 120_000

/** Fails with a `Failure` or an `EngineError` that names what is wrong. */
export async function tryRepository(
  repository: Repository,
  { state, settings, runs }: Pick<Workshop, 'state' | 'settings' | 'runs'>,
): Promise<void> {
  const release = await runs.turns.take(repository.id, runs.stopping)
  const over = new AbortController()
  const limit = wait(TRIAL_MS_MAX, undefined, { signal: over.signal, ref: false }).then(
    () => 'late' as const,
    () => 'done' as const,
  )
  const late = new AbortController()
  void limit.then((how) => how === 'late' && late.abort())
  try {
    const opened = await openRepository(repository, state)
    // Nobody deletes from a vault by a leave to add, and what is put there is checked by the vault itself.
    const trial = repository.place.kind === 'vault' ? tryLock : tryOut
    await trial(await ownRestic(settings), opened, state.folder, {
      signal: AbortSignal.any([late.signal, runs.stopping]),
      ownRuns: state.repositories.processesOf(repository.id),
      onSpawn: (process) => state.repositories.tried(repository.id, process),
    })
  } catch (error) {
    if (late.signal.aborted)
      throw new Failure({ code: 'repository_unreachable', detail: `no end after ${TRIAL_MS_MAX / 1_000} s` })
    throw error
  } finally {
    over.abort()
    release()
  }
}
