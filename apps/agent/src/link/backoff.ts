/**
 * How long to wait before the next dial. Full jitter: any time up to a bound that doubles, so that thousands of agents
 * which lost one portal at the same moment do not come back at the same moment.
 */
export type BackoffBounds = { readonly firstMs: number; readonly mostMs: number }

export const BACKOFF: BackoffBounds = { firstMs: 1_000, mostMs: 60_000 }

/** A portal that always says "at once" must not keep this machine busy with logins. */
const PAUSE_MS_MIN = 250

export class Backoff {
  readonly #bounds: BackoffBounds
  readonly #random: () => number
  #failures = 0

  constructor(bounds: BackoffBounds = BACKOFF, random: () => number = Math.random) {
    this.#bounds = bounds
    this.#random = random
  }

  /** The next wait in ms. A portal that named a time is taken at its word: it has spread the agents itself. */
  next(askedForMs?: number): number {
    if (askedForMs !== undefined) return Math.max(askedForMs, PAUSE_MS_MIN)
    const bound = Math.min(this.#bounds.mostMs, this.#bounds.firstMs * 2 ** this.#failures)
    this.#failures += 1
    return Math.round(this.#random() * bound)
  }

  reset(): void {
    this.#failures = 0
  }
}
