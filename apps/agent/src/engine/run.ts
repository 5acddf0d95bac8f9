/**
 * A command that locks its repository, and what has to be true around it: whatever way it ends, no lock of it is left
 * behind, and a lock that a dead run of ours left behind does not stop it.
 */
import { EngineError } from './errors.ts'
import { type Invocation, invoke } from './invoke.ts'
import { clearOwnDeadLocks } from './locks.ts'
import type { Restic } from './probe.ts'
import type { RunProcess } from './processes.ts'
import type { Repository } from './repository.ts'

export type RunHooks = {
  /** Journal it before you return. Called again if the run has to start anew after a dead lock was removed. */
  readonly onSpawn?: (process: RunProcess) => void | Promise<void>
  /** Every restic that the journal remembers as ours: their locks, and only theirs, may be removed. */
  readonly ownRuns?: readonly RunProcess[]
  readonly signal?: AbortSignal
  /** How long restic may take to end after it was interrupted, before it is killed. */
  readonly killAfterMs?: number
}

export type LockingCommand = Pick<Invocation, 'args' | 'stdin' | 'accepts' | 'onStdout' | 'onStderrLine'>

/** Returns the exit code. @throws EngineError */
export async function runLocking(
  restic: Restic,
  repository: Repository,
  command: LockingCommand,
  hooks: RunHooks,
): Promise<number> {
  try {
    return await attempt(restic, repository, command, hooks)
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'repository_locked') throw error
    const cleared = await clearOwnDeadLocks(restic, repository, hooks.ownRuns ?? [])
    if (cleared.length === 0) throw error
    return attempt(restic, repository, command, hooks)
  }
}

const CLEARING_TIMEOUT_MS = 15_000

async function attempt(
  restic: Restic,
  repository: Repository,
  command: LockingCommand,
  hooks: RunHooks,
): Promise<number> {
  let self: RunProcess | undefined
  try {
    return await invoke(restic, repository, {
      ...command,
      signal: hooks.signal,
      killAfterMs: hooks.killAfterMs,
      onSpawn: (process) => {
        self = process
        return hooks.onSpawn?.(process)
      },
    })
  } catch (error) {
    // Why the run failed matters more than a lock that cannot be removed now: the journal still knows whose it is.
    const patience = AbortSignal.timeout(CLEARING_TIMEOUT_MS)
    if (self) await clearOwnDeadLocks(restic, repository, [self], patience).catch(() => [])
    throw error
  }
}
