import { setTimeout as pause } from 'node:timers/promises'
import { Failure } from '../failure.ts'

/** How often a disk that takes nothing is tried again. */
const AGAIN_AFTER_MS = 5_000

export type DurablyOptions = {
  readonly signal: AbortSignal
  readonly onDelay: (failure: Failure) => void
  readonly againAfterMs?: number
}

/**
 * Writes what must not be lost (the end of a run) even if the disk takes nothing at this moment: tries again until it
 * does, or until `signal` aborts. Then the journal still shows the work as open, and the next start settles it.
 */
export async function durably(
  write: () => void,
  { signal, onDelay, againAfterMs = AGAIN_AFTER_MS }: DurablyOptions,
): Promise<void> {
  while (true) {
    try {
      return write()
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'state_unwritable') throw error
      if (signal.aborted) return
      onDelay(error)
      await pause(againAfterMs, undefined, { signal }).catch(() => {})
    }
  }
}
