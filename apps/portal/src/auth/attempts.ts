/**
 * How often somebody may try to sign in. Counted three ways, because each alone has a hole:
 *
 *   email + address   few: a person who mistypes, or somebody who guesses
 *   email             more: a guesser with many addresses; more, or else anybody could lock a colleague out
 *   address           more: a guesser with many emails
 *
 * An attempt counts when it begins, and is given back when it succeeds: a hundred attempts at the same time are a
 * hundred attempts. Kept in memory: a restart forgets, and a restart is not something that a guesser has.
 */
export type AttemptLimit = { readonly attempts: number; readonly withinMs: number }

const MINUTE = 60_000
const LIMITS = {
  both: { attempts: 5, withinMs: 5 * MINUTE },
  email: { attempts: 50, withinMs: 15 * MINUTE },
  address: { attempts: 50, withinMs: 15 * MINUTE },
} as const satisfies Record<string, AttemptLimit>

/** Beyond this many names at once the oldest are forgotten: memory is bounded, whoever knocks. */
const COUNTERS_MAX = 50_000

type Counter = { attempts: number; endsAt: number }

export class SignInAttempts {
  readonly #counters = new Map<string, Counter>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Counts an attempt. When there were too many, in how many ms the next is allowed; otherwise null. */
  begin(email: string, address: string): number | null {
    const counters = keysOf(email, address).map(([key, limit]) => ({
      counter: this.#counter(key, limit),
      limit,
    }))
    const full = counters.filter(({ counter, limit }) => counter.attempts >= limit.attempts)
    if (full.length > 0) return Math.max(...full.map(({ counter }) => counter.endsAt)) - this.#now()
    for (const { counter } of counters) counter.attempts += 1
    return null
  }

  /** The attempt was the person: it does not count, and neither do the slips before it. */
  succeeded(email: string, address: string): void {
    for (const [key, limit] of keysOf(email, address)) {
      if (limit === LIMITS.both) this.#counters.delete(key)
      else this.#giveBack(this.#counter(key, limit))
    }
  }

  /** A window may have ended since the attempt began: its successor starts at nothing, and not below. */
  #giveBack(counter: Counter): void {
    counter.attempts = Math.max(0, counter.attempts - 1)
  }

  #counter(key: string, limit: AttemptLimit): Counter {
    const known = this.#counters.get(key)
    if (known !== undefined && known.endsAt > this.#now()) return known
    const fresh = { attempts: 0, endsAt: this.#now() + limit.withinMs }
    this.#counters.delete(key)
    this.#counters.set(key, fresh)
    for (const oldest of this.#counters.keys()) {
      if (this.#counters.size <= COUNTERS_MAX) break
      this.#counters.delete(oldest)
    }
    return fresh
  }
}

function keysOf(email: string, address: string): readonly (readonly [string, AttemptLimit])[] {
  return [
    [`both ${address} ${email}`, LIMITS.both],
    [`email ${email}`, LIMITS.email],
    [`address ${address}`, LIMITS.address],
  ]
}
