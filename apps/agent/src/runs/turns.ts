/**
 * Turns at a repository, so that its users on this machine never meet at restic's lock:
 *
 *   take     one after the other, in the order in which they asked: a backup with the tidying after it, a test
 *   read     at any time, beside a backup and beside each other: restores, looking at snapshots
 *   alone    within a turn that was taken: waits for the readers, and new readers wait for it. Forget and prune
 *
 * However a plan's run began, by its schedule or by a click, it takes its turn here. Other machines are not known here:
 * between them stand restic's own locks.
 */
type Release = () => void

type Repository = {
  /** Resolves when the last one who asked for a turn is through. */
  last: Promise<void>
  readers: Set<Promise<void>>
  alone: Promise<void> | null
  /** Those who hold or want something: at 0 it is forgotten. */
  users: number
}

export class Turns {
  readonly #repositories = new Map<string, Repository>()

  /** Fails with the signal's reason when that comes first. */
  async take(id: string, signal: AbortSignal): Promise<Release> {
    const repository = this.#enter(id)
    const before = repository.last
    const done = Promise.withResolvers<void>()
    const release = this.#leave(id, repository, done.resolve)
    // Who comes after waits for all before, also if this one gives up.
    repository.last = Promise.all([before, done.promise]).then(() => undefined)
    return orGiveUp(before, signal, release)
  }

  async read(id: string, signal: AbortSignal): Promise<Release> {
    const repository = this.#enter(id)
    const done = Promise.withResolvers<void>()
    const release = this.#leave(id, repository, () => {
      repository.readers.delete(done.promise)
      done.resolve()
    })
    const begin = async () => {
      while (repository.alone !== null && !signal.aborted) await repository.alone
      repository.readers.add(done.promise)
    }
    return orGiveUp(begin(), signal, release)
  }

  /** Only while a turn is held. */
  async alone(id: string, signal: AbortSignal): Promise<Release> {
    const repository = this.#enter(id)
    const done = Promise.withResolvers<void>()
    repository.alone = done.promise
    const release = this.#leave(id, repository, () => {
      repository.alone = null
      done.resolve()
    })
    return orGiveUp(Promise.all(repository.readers), signal, release)
  }

  #enter(id: string): Repository {
    const known = this.#repositories.get(id)
    const repository = known ?? { last: Promise.resolve(), readers: new Set(), alone: null, users: 0 }
    if (known === undefined) this.#repositories.set(id, repository)
    repository.users += 1
    return repository
  }

  #leave(id: string, repository: Repository, also: () => void): Release {
    let isLeft = false
    return () => {
      if (isLeft) return
      isLeft = true
      also()
      repository.users -= 1
      if (repository.users === 0) this.#repositories.delete(id)
    }
  }
}

async function orGiveUp(turn: Promise<unknown>, signal: AbortSignal, release: Release): Promise<Release> {
  const aborted = Promise.withResolvers<never>()
  const giveUp = () => aborted.reject(signal.reason)
  if (signal.aborted) giveUp()
  else signal.addEventListener('abort', giveUp, { once: true })
  try {
    await Promise.race([turn, aborted.promise])
    return release
  } catch (error) {
    release()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
    aborted.promise.catch(() => {})
  }
}
