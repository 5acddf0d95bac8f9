/**
 * Does each thing at most once per `everyMs`, however often it is asked for: at once the first time, and once more at
 * the end of the time if it was asked for meanwhile. Ten thousand servers that report in one minute make a page ask
 * anew thirty times, not ten thousand.
 *
 *   asked        ●  ●●●●        ●
 *   done         ●        ●     ●
 *                └ everyMs ┘
 */
export class Paced {
  readonly #everyMs: number
  readonly #resting = new Map<string, { again: (() => void) | null; timer: ReturnType<typeof setTimeout> }>()

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  /** `name` says which things are the same. */
  ask(name: string, work: () => void): void {
    const resting = this.#resting.get(name)
    if (resting) {
      resting.again = work
      return
    }
    this.#rest(name)
    work()
  }

  /** Forgets everything that was still to be done. */
  stop(): void {
    for (const { timer } of this.#resting.values()) clearTimeout(timer)
    this.#resting.clear()
  }

  #rest(name: string): void {
    const timer = setTimeout(() => {
      const again = this.#resting.get(name)?.again
      this.#resting.delete(name)
      if (again) this.ask(name, again)
    }, this.#everyMs)
    this.#resting.set(name, { again: null, timer })
  }
}
