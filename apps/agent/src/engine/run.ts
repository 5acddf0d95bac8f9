/**
 * A command that locks its repository, and what has to be true around it: whatever way it ends, no lock of it is left
 * behind, and a lock that a dead run of ours left behind does not stop it.
 */
import { EngineError } from './errors.ts'
import { type Invocation, invoke } from './invoke.ts'
import { prepareToReadLocks } from './lock-files.ts'
import { clearOwnDeadLocks, locksInSight } from './locks.ts'
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

/**
 * An interrupted restic removes its lock over one of the connections that its uploads keep busy: on a slow line, or with
 * a limit, only when a whole pack is through, which took half a minute at 1 MiB/s. Whoever cancels does not wait for
 * that: restic is killed, and what stands in the repository is what an interrupt leaves, too. The lock is then ours to
 * remove, which is quick in a folder and over REST; elsewhere restic itself is asked to, so it gets more time to do it
 * alone.
 */
const KILL_AFTER_MS = { inSight: 400, elsewhere: 5_000 } as const

async function attempt(
  restic: Restic,
  repository: Repository,
  command: LockingCommand,
  hooks: RunHooks,
): Promise<number> {
  let self: RunProcess | undefined
  // Whoever cancels a run waits for its lock to be gone: reading those of others would keep him waiting.
  const known = await locksInSight(repository)
  try {
    return await invoke(restic, repository, {
      ...command,
      signal: hooks.signal,
      killAfterMs: hooks.killAfterMs ?? KILL_AFTER_MS[known === null ? 'elsewhere' : 'inSight'],
      onSpawn: (process) => {
        self = process
        void prepareToReadLocks(repository)
        return hooks.onSpawn?.(process)
      },
    })
  } catch (error) {
    // Why the run failed matters more than a lock that cannot be removed now: the journal still knows whose it is.
    const signal = AbortSignal.timeout(CLEARING_TIMEOUT_MS)
    if (self) await clearOwnDeadLocks(restic, repository, [self], { signal, known }).catch(() => [])
    throw error
  }
}
