/**
 * The door for those who want to prove themselves. After a restart thousands knock within a second, and each login costs
 * a millisecond of arithmetic that nothing can interrupt. So they take turns: a few logins for each turn of the event
 * loop, between which everything else (pings, commands, the console) has its own. And only so many are inside as can be
 * served before the first of them loses patience; the others are told when to come back, each at a time of its own.
 *
 *   enter ──► full: come back in N ms
 *        └──► inside ── turn(login) ──► ... ── leave
 */
export type EntranceLimits = {
  /** Handshakes at one time, the waiting ones included. */
  readonly insideMax: number
  readonly loginsPerTurn: number
  /** The earliest and the latest time at which somebody who found the door full is asked to come back. */
  readonly comeBackMs: { readonly min: number; readonly max: number }
}

/** At about 4 ms a login, 2,500 of them take 10 s; a handshake may take 15 s. */
export const ENTRANCE: EntranceLimits = {
  insideMax: 2_500,
  loginsPerTurn: 4,
  comeBackMs: { min: 5_000, max: 20_000 },
}

export class Entrance {
  readonly #limits: EntranceLimits
  readonly #waiting: (() => void)[] = []
  #inside = 0
  #isTurning = false

  constructor(limits: EntranceLimits = ENTRANCE) {
    this.#limits = limits
  }

  /** Null when there is room: leave() must follow. Otherwise in how many milliseconds to come back. */
  enter(): number | null {
    if (this.#inside < this.#limits.insideMax) {
      this.#inside += 1
      return null
    }
    const { min, max } = this.#limits.comeBackMs
    return Math.round(min + Math.random() * (max - min))
  }

  leave(): void {
    this.#inside -= 1
  }

  /** Resolves when it is this one's turn to compute. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#isTurning) return
      this.#isTurning = true
      setImmediate(this.#nextTurn)
    })
  }

  readonly #nextTurn = (): void => {
    for (const begin of this.#waiting.splice(0, this.#limits.loginsPerTurn)) begin()
    this.#isTurning = this.#waiting.length > 0
    if (this.#isTurning) setImmediate(this.#nextTurn)
  }
}
