/**
 * Group commit. A thousand agents that report in the same moment must not cost a thousand transactions: while one batch
 * is being written, whatever arrives joins the next, so batches grow exactly as much as the load demands, and a lonely
 * item waits for nobody.
 */
import { SingleFlight } from './single-flight.ts'

export type BatchOptions<Item, Result> = {
  /** Gives one result for each item, in their order. When it rejects, every item of that batch does. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>
  /** How long a first item waits for others. */
  readonly delayMs?: number
  readonly sizeMax?: number
  /** Beyond this many waiting items the next is turned away: memory is bounded, whatever is thrown at us. */
  readonly waitingMax?: number
}

type Waiting<Item, Result> = {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

export class Batch<Item, Result> {
  readonly #flush: BatchOptions<Item, Result>['flush']
  readonly #sizeMax: number
  readonly #waitingMax: number
  readonly #flight: SingleFlight
  #waiting: Waiting<Item, Result>[] = []

  constructor({ flush, delayMs = 0, sizeMax = 1_000, waitingMax = 20_000 }: BatchOptions<Item, Result>) {
    this.#flush = flush
    this.#sizeMax = sizeMax
    this.#waitingMax = waitingMax
    this.#flight = new SingleFlight(delayMs, () => this.#flushOne())
  }

  /** @throws BatchFull when too much waits already; whatever `flush` throws */
  add(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#waitingMax) return Promise.reject(new BatchFull())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      this.#flight.schedule()
    })
  }

  /** Resolves when everything added so far has been flushed. */
  drain(): Promise<void> {
    return this.#flight.drain()
  }

  async #flushOne(): Promise<void> {
    const taken = this.#waiting.splice(0, this.#sizeMax)
    if (this.#waiting.length > 0) this.#flight.schedule()
    try {
      const results = await this.#flush(taken.map(({ item }) => item))
      if (results.length !== taken.length) throw new Error('A batch must give one result for each item.')
      for (const [index, result] of results.entries()) taken[index]?.resolve(result)
    } catch (error) {
      for (const { reject } of taken) reject(error)
    }
  }
}

export class BatchFull extends Error {
  override name = 'BatchFull'
}
