/**
 * Turns at a repository, so that those who change it from this machine never meet at restic's lock: a backup with the
 * tidying after it, then the next one, then a test, in the order in which they asked. However a plan's run began, by its
 * schedule or by a click, it takes its turn here.
 *
 * Who only reads takes none: somebody who waits for a file must not wait for a backup. Tidying that meets a restore at
 * restic's own lock is left for the next time; and between several machines nothing else stands.
 */
type Release = () => void

export class Turns {
  /** Of each repository: resolves when the last one who asked is through. */
  readonly #last = new Map<string, Promise<void>>()

  /** Fails with the signal's reason when that comes first. */
  async take(repositoryId: string, signal: AbortSignal): Promise<Release> {
    const before = this.#last.get(repositoryId) ?? Promise.resolve()
    const mine = Promise.withResolvers<void>()
    // Who comes after waits for all before, also if this one gives up.
    const last = Promise.all([before, mine.promise]).then(() => {
      if (this.#last.get(repositoryId) === last) this.#last.delete(repositoryId)
    })
    this.#last.set(repositoryId, last)
    const givenUp = Promise.withResolvers<never>()
    const giveUp = () => givenUp.reject(signal.reason)
    try {
      if (signal.aborted) throw signal.reason
      signal.addEventListener('abort', giveUp, { once: true })
      await Promise.race([before, givenUp.promise])
      return mine.resolve
    } catch (error) {
      mine.resolve()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }
}
