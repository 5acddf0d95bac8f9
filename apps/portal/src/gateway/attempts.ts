/**
 * How often somebody may try a password. A wrong one shows only at the agent's end (OPAQUE), so an attempt counts when
 * it begins, and is given back when the login succeeds: whoever knows the password is never slowed down.
 *
 * For each key (an address, a name) one number is kept: when all that it has used up will be there again. Each attempt
 * moves that moment one refill further into the future, and it may not lie further off than the whole capacity takes.
 */
export type AttemptLimit = {
  /** Attempts in a row. */
  readonly capacity: number
  /** After that, one in so many milliseconds. */
  readonly refillMs: number
  /** Keys remembered. Beyond it the one that was quiet for longest is forgotten. */
  readonly keysMax?: number
}

export class Attempts {
  readonly #limit: Required<AttemptLimit>
  readonly #now: () => number
  /** In the order of their last use. */
  readonly #fullAgainAt = new Map<string, number>()

  constructor(limit: AttemptLimit, now: () => number = () => performance.now()) {
    this.#limit = { keysMax: 50_000, ...limit }
    this.#now = now
  }

  /** Takes one attempt. Null when it is allowed, else how many milliseconds until the next one is. */
  take(key: string): number | null {
    const { capacity, refillMs, keysMax } = this.#limit
    const now = this.#now()
    const fullAgainAt = Math.max(now, this.#fullAgainAt.get(key) ?? now)
    const waitMs = fullAgainAt + refillMs - now - capacity * refillMs
    this.#fullAgainAt.delete(key)
    this.#fullAgainAt.set(key, waitMs > 0 ? fullAgainAt : fullAgainAt + refillMs)
    const quietest = this.#fullAgainAt.keys().next().value
    if (this.#fullAgainAt.size > keysMax && quietest !== undefined) this.#fullAgainAt.delete(quietest)
    return waitMs > 0 ? Math.ceil(waitMs) : null
  }

  giveBack(key: string): void {
    const fullAgainAt = (this.#fullAgainAt.get(key) ?? 0) - this.#limit.refillMs
    if (fullAgainAt <= this.#now()) this.#fullAgainAt.delete(key)
    else this.#fullAgainAt.set(key, fullAgainAt)
  }
}

/** What stands for an address: a whole /64 for IPv6, because one machine has all of it to choose from. */
export function addressKey(address: string): string {
  const bare = plainAddress(address)
  if (!bare.includes(':')) return bare
  const [head = '', tail] = bare.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return `${[...left, ...Array<string>(zeros).fill('0'), ...right].slice(0, 4).join(':')}::/64`
}

/** IPv4 as people write it, also where the system hands it over wrapped in IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}
