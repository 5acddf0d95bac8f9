/**
 * Who may stand before the door: connections that have proven nothing are few, in all and for each address, and none
 * stays for long. Each that goes on to a login costs this machine a process and 19 MiB for as long as that takes.
 */
export type ThresholdLimits = {
  readonly unprovenMax: number
  readonly unprovenPerAddressMax: number
  /** From the connection until it is proven. */
  readonly proofMs: number
  /** Failed calls in a row from one address, and after that one in so many milliseconds. */
  readonly failures: { readonly capacity: number; readonly refillMs: number }
}

export const THRESHOLD: ThresholdLimits = {
  unprovenMax: 8,
  unprovenPerAddressMax: 4,
  proofMs: 20_000,
  failures: { capacity: 20, refillMs: 3_000 },
}

const ADDRESSES_REMEMBERED = 1_000

export class Threshold {
  readonly #limits: ThresholdLimits
  readonly #now: () => number
  readonly #unproven = new Map<string, number>()
  #inAll = 0
  /** By address: when all of its attempts will be there again. In the order of their last use. */
  readonly #fullAgainAt = new Map<string, number>()

  constructor(limits: ThresholdLimits = THRESHOLD, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#now = now
  }

  get proofMs(): number {
    return this.#limits.proofMs
  }

  /** Null when there is no room. What it gives must be called once: when the connection is proven, or over. */
  enter(address: string): (() => void) | null {
    const { unprovenMax, unprovenPerAddressMax } = this.#limits
    const ofAddress = this.#unproven.get(address) ?? 0
    if (this.#inAll >= unprovenMax || ofAddress >= unprovenPerAddressMax) return null
    this.#count(address, 1)
    let isInside = true
    return () => {
      if (isInside) this.#count(address, -1)
      isInside = false
    }
  }

  /** Takes one attempt of an address. Null when it may try, else how many milliseconds until it may. */
  take(address: string): number | null {
    const { capacity, refillMs } = this.#limits.failures
    const now = this.#now()
    const fullAgainAt = Math.max(now, this.#fullAgainAt.get(address) ?? now)
    const waitMs = fullAgainAt + refillMs - now - capacity * refillMs
    this.#fullAgainAt.delete(address)
    this.#fullAgainAt.set(address, waitMs > 0 ? fullAgainAt : fullAgainAt + refillMs)
    const quietest = this.#fullAgainAt.keys().next().value
    if (this.#fullAgainAt.size > ADDRESSES_REMEMBERED && quietest !== undefined)
      this.#fullAgainAt.delete(quietest)
    return waitMs > 0 ? Math.ceil(waitMs) : null
  }

  /** It has proven itself: whoever knows the password is never slowed down. */
  giveBack(address: string): void {
    const fullAgainAt = (this.#fullAgainAt.get(address) ?? 0) - this.#limits.failures.refillMs
    if (fullAgainAt <= this.#now()) this.#fullAgainAt.delete(address)
    else this.#fullAgainAt.set(address, fullAgainAt)
  }

  #count(address: string, by: number): void {
    this.#inAll += by
    const left = (this.#unproven.get(address) ?? 0) + by
    if (left > 0) this.#unproven.set(address, left)
    else this.#unproven.delete(address)
  }
}
