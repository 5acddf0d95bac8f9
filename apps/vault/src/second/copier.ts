/**
 * Keeps the second copies up to date while the vault serves. A repository in which something changed is copied a moment
 * later, and again if more has changed meanwhile; one that could not be is tried again, later and later. Nothing waits for it: a backup is
 * done when the first vault has it, and how far the second is behind can be read at any time.
 */
import { setTimeout as after } from 'node:timers/promises'
import { eachRepository } from '../storage/every.ts'
import { type RepositoryName, repositoryFolder } from '../storage/places.ts'
import { Repository } from '../storage/repository.ts'
import { AT_ONCE, copyRepository } from './copy.ts'
import { RemoteRepository } from './remote-repository.ts'
import { type Copied, readCopied, type Second, writeCopied } from './settings.ts'

const GATHER_MS = 2_000
/** While a backup goes on there is always something new: looking what it is takes at most a sixth of the time. */
const REST_PER_ROUND = 5
const RETRY_MS = { min: 10_000, max: 15 * 60_000 } as const

export type CopierOptions = {
  readonly data: string
  readonly second: Second
  readonly log: (line: string) => void
}

export class Copier {
  readonly #options: CopierOptions
  readonly #waiting = new Map<string, { readonly name: RepositoryName; readonly from: number }>()
  readonly #tookMs = new Map<string, number>()
  readonly #end = new AbortController()
  readonly #copied: Copied
  #failures = 0
  #wake: () => void = () => undefined
  readonly #going: Promise<void>

  /** Begins with every repository that there is. */
  static async start(options: CopierOptions): Promise<Copier> {
    const copier = new Copier(options, await readCopied(options.data))
    for await (const { name } of eachRepository(options.data)) copier.#want(name, 0)
    copier.#wake()
    return copier
  }

  private constructor(options: CopierOptions, copied: Copied) {
    this.#options = options
    this.#copied = copied
    this.#going = this.#go()
  }

  /** Something was written or deleted there. */
  changed(name: RepositoryName): void {
    if (this.#waiting.has(keyOf(name))) return
    this.#want(name, Math.max(GATHER_MS, REST_PER_ROUND * (this.#tookMs.get(keyOf(name)) ?? 0)))
    this.#wake()
  }

  /** Cuts what is going on: the next start takes it up again. */
  async close(): Promise<void> {
    this.#end.abort()
    this.#wake()
    await this.#going
  }

  #want(name: RepositoryName, inMs: number): void {
    this.#waiting.set(keyOf(name), { name, from: performance.now() + inMs })
  }

  async #go(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      const [next] = [...this.#waiting.values()].toSorted((one, other) => one.from - other.from)
      const waitMs = next === undefined ? null : next.from - performance.now()
      if (next === undefined || (waitMs !== null && waitMs > 0)) {
        await this.#pause(waitMs)
        continue
      }
      this.#waiting.delete(keyOf(next.name))
      await this.#copy(next.name)
    }
  }

  async #pause(ms: number | null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const end = new AbortController()
    if (ms !== null) after(ms, undefined, { signal: end.signal, ref: false }).then(resolve, () => undefined)
    if (this.#end.signal.aborted) resolve()
    await promise
    end.abort()
  }

  async #copy(name: RepositoryName): Promise<void> {
    const { data, second, log } = this.#options
    const remote = new RemoteRepository(second, name, AT_ONCE)
    const began = performance.now()
    const state = {
      ...(this.#copied[keyOf(name)] ?? { completeAt: null, objectsBehind: 0, bytesBehind: 0 }),
      error: '',
    }
    this.#copied[keyOf(name)] = state
    try {
      await copyRepository(new Repository(repositoryFolder(data, name)), remote, {
        signal: this.#end.signal,
        onBehind({ objects, bytes }) {
          state.objectsBehind = objects
          state.bytesBehind = bytes
        },
      })
      state.completeAt = new Date().toISOString()
      this.#failures = 0
    } catch (error) {
      if (this.#end.signal.aborted) return
      state.error = error instanceof Error ? error.message : String(error)
      log(`${keyOf(name)} could not be copied to the second vault: ${state.error}`)
      this.#failures += 1
      this.#want(name, Math.min(RETRY_MS.max, RETRY_MS.min * 2 ** Math.min(10, this.#failures - 1)))
    } finally {
      remote.close()
      this.#tookMs.set(keyOf(name), performance.now() - began)
    }
    await writeCopied(data, this.#copied).catch((error: unknown) =>
      log(`How far the copies are could not be saved: ${String(error)}`),
    )
  }
}

function keyOf({ customer, repository }: RepositoryName): string {
  return `${customer}/${repository}`
}
