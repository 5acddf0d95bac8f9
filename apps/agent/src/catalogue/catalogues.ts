/**
 * All catalogues of this agent, and who fills them.
 *
 *   a run has ended ──► list of snapshots anew ──► new ones are read, one after the other, when nothing else is
 *   somebody asks   ──► in the catalogue? answered ── not yet? read at once, beside at most one in the background
 *
 * However many ask, a snapshot is read by one restic; there are never more than two of them. Nothing here is needed for
 * a backup, and nothing here is missed when it is gone.
 */
import { join } from 'node:path'
import { EngineError, listWholeSnapshot, snapshots } from '../engine/index.ts'
import { Failure } from '../failure.ts'
import { openRepository } from '../repositories/open.ts'
import { ownRestic } from '../runs/restic.ts'
import { refusalOf } from '../runs/result.ts'
import type { Settings } from '../settings.ts'
import type { LogNews } from '../state/log.ts'
import type { Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'
import { CatalogueFile, type KnownSnapshot, removeCatalogue } from './file.ts'
import { breathe } from './read.ts'
import { Taker } from './take.ts'

export type Reading = {
  readonly entriesRead: number
  /** What the newest one before it holds; null when nothing is known. */
  readonly entriesExpected: number | null
}

type Job = {
  readonly repository: Repository
  readonly snapshotId: string
  readonly done: PromiseWithResolvers<void>
  taker: Taker | null
  isUrgent: boolean
  isGoing: boolean
}

type Shelf = {
  readonly file: CatalogueFile
  listedAtMs: number | null
  /** One that is on its way. */
  listing: Promise<void> | null
  /** Readings that go on: nothing is swept meanwhile. */
  readings: number
  sweeping: Promise<void> | null
}

const URGENT_MAX = 1
const BACKGROUND_MAX = 1

export class Catalogues {
  readonly #state: State
  readonly #settings: Settings
  readonly #folder: string
  readonly #tell: (news: LogNews) => void
  readonly #shelves = new Map<string, Shelf>()
  readonly #jobs = new Map<string, Job>()
  readonly #working = new Set<Promise<void>>()
  /** Repositories that are being closed: nothing of them is begun any more. */
  readonly #dropped = new Set<string>()
  readonly #stopping = new AbortController()

  /** @param folder of its files. Only one process may fill them. */
  constructor(
    state: State,
    settings: Settings,
    tell: (news: LogNews) => void,
    folder = join(settings.stateFolder, 'catalogue'),
  ) {
    this.#state = state
    this.#folder = folder
    this.#settings = settings
    this.#tell = tell
  }

  /** The catalogue as it is. */
  of(repository: Repository): CatalogueFile {
    return this.#shelf(repository.id).file
  }

  /** When the repository was last asked for its snapshots; null: never by this agent since it began. */
  listedAtMs(repository: Repository): number | null {
    return this.#shelf(repository.id).listedAtMs
  }

  /** Whether the list is younger than that, and nothing is known that would make it another one. */
  isListedWithin(repository: Repository, ageMsMax: number): boolean {
    const { listedAtMs, listing } = this.#shelf(repository.id)
    const age = Date.now() - (listedAtMs ?? 0)
    return listing === null && listedAtMs !== null && age >= 0 && age < ageMsMax
  }

  /** Asks the repository for its snapshots, once for all who want that now. Fails with why it cannot be asked. */
  refresh(repository: Repository): Promise<void> {
    const shelf = this.#shelf(repository.id)
    shelf.listing ??= this.#tracked(this.#list(repository, shelf)).finally(() => {
      shelf.listing = null
    })
    return shelf.listing
  }

  /** The same, but one that is on its way does not count: it may have looked before what is wanted was there. */
  async refreshFromNow(repository: Repository): Promise<void> {
    await this.#shelf(repository.id).listing?.catch(() => {})
    await this.refresh(repository)
  }

  /** A backup has added a snapshot, and may have removed others. */
  async afterRun(repository: Repository): Promise<void> {
    const { file, listedAtMs } = this.#shelf(repository.id)
    const known = new Set(file.snapshots().map(({ id }) => id))
    try {
      await this.refreshFromNow(repository)
      // The first time all of them are new. Of those, the newest is what people ask for.
      const added = file.snapshots().filter(({ id, root }) => root === null && !known.has(id))
      const wanted = listedAtMs === null && known.size === 0 ? added.slice(0, 1) : added
      for (const { id } of wanted) this.#want(repository, id, false)
    } catch (error) {
      this.#note(repository, error)
    }
  }

  /** Reads what was not read yet, newest first, when there is time. */
  readAll(repository: Repository): void {
    for (const { id, root } of this.of(repository).snapshots())
      if (root === null) this.#want(repository, id, false)
  }

  /**
   * A snapshot that somebody wants to look into. Null: it is in the catalogue. Otherwise it is being read from now on,
   * and this is how far that is.
   */
  look(repository: Repository, snapshotId: string): Reading | null {
    const file = this.of(repository)
    if (file.find(snapshotId)?.root != null) return null
    const { taker } = this.#want(repository, snapshotId, true)
    return { entriesRead: taker?.entries ?? 0, entriesExpected: expected(file, snapshotId) }
  }

  /** The snapshot, once it is in the catalogue. Fails with why it cannot be read. */
  async read(repository: Repository, snapshotId: string): Promise<KnownSnapshot & { root: number }> {
    const file = this.of(repository)
    for (let tries = 0; tries < 2; tries += 1) {
      const found = file.find(snapshotId)
      if (found !== null && found.root !== null) return { ...found, root: found.root }
      if (found === null) await this.refreshFromNow(repository)
      if (file.find(snapshotId) === null) break
      await this.#want(repository, snapshotId, true).done.promise
    }
    const found = file.find(snapshotId)
    if (found === null || found.root === null) throw new Failure({ code: 'snapshot_missing' })
    return { ...found, root: found.root }
  }

  /** The repository is none of ours any more: what is known of it goes. */
  async drop(repositoryId: string): Promise<void> {
    const shelf = this.#shelves.get(repositoryId)
    this.#dropped.add(repositoryId)
    const going = [...this.#jobs.values()].filter(({ repository }) => repository.id === repositoryId)
    await Promise.allSettled([...going.map(({ done }) => done.promise), shelf?.listing, shelf?.sweeping])
    this.#dropped.delete(repositoryId)
    shelf?.file.close()
    this.#shelves.delete(repositoryId)
    removeCatalogue(this.#fileOf(repositoryId))
  }

  /** Resolves when nothing is being read, listed or swept. */
  async settle(): Promise<void> {
    while (this.#working.size > 0) await Promise.allSettled(this.#working)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const job of this.#jobs.values())
      if (!job.isGoing) job.done.reject(new Failure({ code: 'agent_stopped' }))
    await this.settle()
    for (const { file } of this.#shelves.values()) file.close()
    this.#shelves.clear()
  }

  #shelf(repositoryId: string): Shelf {
    if (this.#dropped.has(repositoryId)) throw new Failure({ code: 'repository_unknown' })
    const known = this.#shelves.get(repositoryId)
    if (known !== undefined) return known
    if (this.#stopping.signal.aborted) throw new Failure({ code: 'agent_stopped' })
    const file = new CatalogueFile(this.#fileOf(repositoryId))
    const shelf = { file, listedAtMs: null, listing: null, readings: 0, sweeping: null }
    this.#shelves.set(repositoryId, shelf)
    return shelf
  }

  #fileOf(repositoryId: string): string {
    return join(this.#folder, `${repositoryId}.sqlite`)
  }

  async #list(repository: Repository, shelf: Shelf): Promise<void> {
    const restic = await ownRestic(this.#settings)
    const opened = await openRepository(repository, this.#state)
    const found = await snapshots(restic, opened, this.#stopping.signal)
    shelf.file.list(found)
    shelf.listedAtMs = Date.now()
    this.#sweep(shelf)
  }

  #want(repository: Repository, snapshotId: string, isUrgent: boolean): Job {
    const known = this.#jobs.get(snapshotId)
    if (known !== undefined) {
      known.isUrgent ||= isUrgent
      this.#begin()
      return known
    }
    const done = Promise.withResolvers<void>()
    // Whoever waits for it hears of a failure; often nobody does.
    done.promise.catch(() => {})
    const job: Job = { repository, snapshotId, done, taker: null, isUrgent, isGoing: false }
    this.#jobs.set(snapshotId, job)
    this.#begin()
    return job
  }

  #begin(): void {
    if (this.#stopping.signal.aborted) return
    const jobs = [...this.#jobs.values()]
    for (const isUrgent of [true, false]) {
      const ofKind = jobs.filter((job) => job.isUrgent === isUrgent)
      let free = (isUrgent ? URGENT_MAX : BACKGROUND_MAX) - ofKind.filter(({ isGoing }) => isGoing).length
      for (const job of ofKind) {
        if (job.isGoing || free <= 0) continue
        free -= 1
        job.isGoing = true
        void this.#tracked(this.#work(job))
      }
    }
  }

  async #work(job: Job): Promise<void> {
    let shelf: Shelf | null = null
    try {
      shelf = this.#shelf(job.repository.id)
      shelf.readings += 1
      await shelf.sweeping
      await this.#take(job, shelf)
      job.done.resolve()
    } catch (error) {
      job.done.reject(error)
      this.#note(job.repository, error)
    } finally {
      this.#jobs.delete(job.snapshotId)
      if (shelf !== null) {
        shelf.readings -= 1
        this.#sweep(shelf)
      }
      this.#begin()
    }
  }

  async #take(job: Job, { file }: Shelf): Promise<void> {
    const { repository, snapshotId } = job
    const restic = await ownRestic(this.#settings)
    const opened = await openRepository(repository, this.#state)
    const taker = new Taker(file)
    job.taker = taker
    const { signal } = this.#stopping
    await listWholeSnapshot(restic, opened, snapshotId, { signal, onNodes: (nodes) => taker.add(nodes) })
    file.taken(snapshotId, taker.end(), taker.entries)
  }

  /** In small steps, whenever nothing is being read. */
  #sweep(shelf: Shelf): void {
    if (shelf.sweeping !== null || shelf.readings > 0) return
    const work = async () => {
      while (shelf.readings === 0 && !this.#stopping.signal.aborted && shelf.file.sweep()) await breathe()
    }
    shelf.sweeping = this.#tracked(work()).finally(() => {
      shelf.sweeping = null
    })
    shelf.sweeping.catch(() => {})
  }

  #tracked(work: Promise<void>): Promise<void> {
    const settled = work.catch(() => {}).finally(() => this.#working.delete(settled))
    this.#working.add(settled)
    return work
  }

  #note({ name }: Repository, error: unknown): void {
    if (this.#stopping.signal.aborted) return
    const { code, detail = '' } = refusalOf(error)
    const isOurs = !(error instanceof EngineError || error instanceof Failure)
    const text = `Its snapshots could not be looked through: ${detail || code}`
    this.#tell({ level: isOurs ? 'error' : 'warn', subject: `repository ${name}`, code, text })
  }
}

function expected(file: CatalogueFile, snapshotId: string): number | null {
  const all = file.snapshots()
  const wanted = all.find(({ id }) => id === snapshotId)
  const isLike = ({ tags, paths }: KnownSnapshot) =>
    wanted !== undefined && JSON.stringify([tags, paths]) === JSON.stringify([wanted.tags, wanted.paths])
  return all.find((other) => other.entries !== null && isLike(other))?.entries ?? null
}
