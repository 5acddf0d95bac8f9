/**
 * Lets only so many work at one time, and only so many wait for it, in the order in which they came. For work that takes
 * something of which there is little: a password costs 19 MiB and one of the four threads that files and DNS need as well.
 */
export class Turns {
  readonly #atOnce: number
  readonly #waitingMax: number
  readonly #waiting: (() => void)[] = []
  #working = 0

  constructor({ atOnce, waitingMax }: { atOnce: number; waitingMax: number }) {
    this.#atOnce = atOnce
    this.#waitingMax = waitingMax
  }

  /** @throws TooManyWaiting at once, without having begun */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#working < this.#atOnce) this.#working += 1
    else await this.#wait()
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#working -= 1
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) throw new TooManyWaiting()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

export class TooManyWaiting extends Error {
  override name = 'TooManyWaiting'
}
