/**
 * Looks whether the server still runs, and starts it again when it does not: it was killed, or ran out of memory. One
 * that is only slow, or recovers from a crash of one of its own processes, is left alone.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type Cluster, postmaster } from './cluster.ts'
import type { EmbeddedNews } from './index.ts'

const LOOK_EVERY_MS = 500
const AGAIN_AFTER_MS = 2_000

export class Keeper {
  readonly #cluster: Cluster
  readonly #start: () => Promise<unknown>
  readonly #ended = new AbortController()
  #keeping: Promise<void> | null = null

  constructor(cluster: Cluster, start: () => Promise<unknown>) {
    this.#cluster = cluster
    this.#start = start
  }

  begin(tell: (news: EmbeddedNews) => void): void {
    this.#keeping ??= this.#keep(tell)
  }

  /** Resolves when nothing is being started any more. */
  async end(): Promise<void> {
    this.#ended.abort()
    await this.#keeping
  }

  async #keep(tell: (news: EmbeddedNews) => void): Promise<void> {
    const { signal } = this.#ended
    let goneAt: number | null = null
    while (!signal.aborted) {
      await wait(goneAt === null ? LOOK_EVERY_MS : AGAIN_AFTER_MS, undefined, { signal, ref: false }).catch(
        () => {},
      )
      if (signal.aborted) return
      if ((await postmaster(this.#cluster)) !== null) {
        goneAt = null
        continue
      }
      if (goneAt === null) tell({ news: 'gone' })
      goneAt ??= performance.now()
      try {
        await this.#start()
        tell({ news: 'back', afterMs: Math.round(performance.now() - goneAt) })
        goneAt = null
      } catch (error) {
        tell({ news: 'failed', error })
      }
    }
  }
}
