/**
 * Turns at a repository, so that its users on this machine never meet at restic's lock:
 *
 *   take     one after the other, in the order in which they asked: a backup with the tidying after it, a test. However
 *            a plan's run began, by its schedule or by a click, it takes its turn here
 *   read     beside all of them and beside each other: who waits for a file must not wait for a backup
 *   alone    within a turn, for forget and prune: not while somebody reads, and whoever wants to read then waits.
 *            It does not wait for readers, or a long one would hold up every backup: tidying is done the next time
 *
 * Other machines are not known here: between them stand restic's own locks.
 */
export type Release = () => void

export class Turns {
  /** Of each repository: resolves when the last one who asked for a turn is through. */
  readonly #last = new Map<string, Promise<void>>()
  readonly #readers = new Map<string, number>()
  readonly #alone = new Map<string, Promise<void>>()

  /** Fails with the signal's reason when that comes first. */
  async take(repositoryId: string, signal: AbortSignal): Promise<Release> {
    const before = this.#last.get(repositoryId) ?? Promise.resolve()
    const mine = Promise.withResolvers<void>()
    // Who comes after waits for all before, also if this one gives up.
    const last = Promise.all([before, mine.promise]).then(() => {
      if (this.#last.get(repositoryId) === last) this.#last.delete(repositoryId)
    })
    this.#last.set(repositoryId, last)
    try {
      await unlessAborted(before, signal)
      return mine.resolve
    } catch (error) {
      mine.resolve()
      throw error
    }
  }

  /** Fails with the signal's reason when that comes first. */
  async read(repositoryId: string, signal: AbortSignal): Promise<Release> {
    for (;;) {
      const alone = this.#alone.get(repositoryId)
      if (alone === undefined) break
      await unlessAborted(alone, signal)
    }
    const count = (change: number) => {
      const readers = (this.#readers.get(repositoryId) ?? 0) + change
      if (readers === 0) this.#readers.delete(repositoryId)
      else this.#readers.set(repositoryId, readers)
    }
    count(1)
    let isOver = false
    return () => {
      if (!isOver) count(-1)
      isOver = true
    }
  }

  /** Null while somebody reads. Only for who holds a turn. */
  alone(repositoryId: string): Release | null {
    if (this.#readers.has(repositoryId)) return null
    const over = Promise.withResolvers<void>()
    this.#alone.set(repositoryId, over.promise)
    return () => {
      this.#alone.delete(repositoryId)
      over.resolve()
    }
  }
}

async function unlessAborted(awaited: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw signal.reason
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([awaited, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
