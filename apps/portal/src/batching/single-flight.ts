/**
 * Runs one piece of work at a time, however often it is asked for: what is asked for while it runs makes it run once
 * more. `delayMs` is how long a first request waits for others to join it; 0 means until the present turn of the event
 * loop has read everything that has arrived.
 *
 *   idle ──schedule──► waiting ──delayMs──► running ──► idle
 *                                   ▲          │ schedule
 *                                   └──────────┘
 */
export class SingleFlight {
  readonly #work: () => Promise<void>
  readonly #delayMs: number
  #state: 'idle' | 'waiting' | 'running' = 'idle'
  #wantedAgain = false
  #timer: NodeJS.Timeout | undefined
  #whenIdle: (() => void)[] = []

  /** `work` must not reject: nobody waits for it but the next run. */
  constructor(delayMs: number, work: () => Promise<void>) {
    this.#delayMs = delayMs
    this.#work = work
  }

  schedule(): void {
    if (this.#state === 'running') this.#wantedAgain = true
    if (this.#state !== 'idle') return
    this.#state = 'waiting'
    if (this.#delayMs === 0) setImmediate(() => this.#start())
    else this.#timer = setTimeout(() => this.#start(), this.#delayMs)
  }

  /** Starts at once what waits, and resolves when nothing is left to do. */
  async drain(): Promise<void> {
    if (this.#state === 'idle') return
    const idle = new Promise<void>((resolve) => this.#whenIdle.push(resolve))
    this.#start()
    return idle
  }

  #start(): void {
    if (this.#state !== 'waiting') return
    clearTimeout(this.#timer)
    this.#state = 'running'
    void this.#work().finally(() => {
      this.#state = 'idle'
      const again = this.#wantedAgain
      this.#wantedAgain = false
      if (again) {
        this.schedule()
        if (this.#whenIdle.length > 0) this.#start()
        return
      }
      const waiting = this.#whenIdle
      this.#whenIdle = []
      for (const resolve of waiting) resolve()
    })
  }
}
