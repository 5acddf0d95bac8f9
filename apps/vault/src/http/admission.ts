/**
 * Who may come in: a token that a trusted key signed, or let an agent sign, that has not expired, and that does not ask
 * too much at once.
 * A token is verified when it is first seen and then known by its text, because one run asks thousands of times.
 */
import type { KeyObject } from 'node:crypto'
import { readVaultToken, type VaultClaims } from '@holdfast/protocol/vault-token'
import { Refused, unauthorized } from './refusals.ts'

const KNOWN_TOKENS_MAX = 10_000

export type AdmissionLimits = {
  readonly requestsPerSecond: number
  /** What may come at once before the rate counts. */
  readonly burst: number
  readonly requestsAtOnceOfToken: number
  readonly requestsAtOnce: number
}

/** One request that was let in, until it is left. */
export type Visit = { readonly claims: VaultClaims; leave(): void }

type Known = {
  readonly claims: VaultClaims
  readonly isWider: boolean
  credit: number
  creditedAt: number
  atOnce: number
}

export class Admission {
  readonly #keys: readonly KeyObject[]
  readonly #limits: AdmissionLimits
  readonly #known = new Map<string, Known>()
  #atOnce = 0

  constructor(keys: readonly KeyObject[], limits: AdmissionLimits) {
    this.#keys = keys
    this.#limits = limits
  }

  /** @throws Refused */
  enter(authorization: string | undefined): Visit {
    const known = this.#know(tokenIn(authorization))
    // Asked every time: a token ends in the middle of a run as well.
    if (known.claims.expiresAt * 1_000 <= Date.now()) throw unauthorized('token_expired')
    if (known.isWider) throw new Refused('token_too_wide')
    this.#charge(known)
    if (known.atOnce >= this.#limits.requestsAtOnceOfToken)
      throw new Refused('too_many_requests', { 'Retry-After': '1' })
    if (this.#atOnce >= this.#limits.requestsAtOnce) throw new Refused('busy', { 'Retry-After': '1' })
    known.atOnce += 1
    this.#atOnce += 1
    return {
      claims: known.claims,
      leave: () => {
        known.atOnce -= 1
        this.#atOnce -= 1
      },
    }
  }

  #know(token: string): Known {
    const found = this.#known.get(token)
    if (found !== undefined) return found
    const read = readVaultToken(token, this.#keys)
    if (read === null) throw unauthorized('token_unusable')
    const known = { ...read, credit: this.#limits.burst, creditedAt: performance.now(), atOnce: 0 }
    // Whoever was first seen longest ago is forgotten; if he is still there, he is verified again.
    const [oldest] = this.#known.keys()
    if (this.#known.size >= KNOWN_TOKENS_MAX && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(token, known)
    return known
  }

  /** A bucket that fills steadily up to the burst, and from which each request takes one. */
  #charge(known: Known): void {
    const { requestsPerSecond, burst } = this.#limits
    const now = performance.now()
    known.credit = Math.min(burst, known.credit + ((now - known.creditedAt) * requestsPerSecond) / 1_000)
    known.creditedAt = now
    if (known.credit < 1) throw new Refused('too_many_requests', { 'Retry-After': '1' })
    known.credit -= 1
  }
}

function tokenIn(authorization: string | undefined): string {
  const [, scheme = '', value = ''] = /^(basic|bearer) +(\S+)$/i.exec(authorization ?? '') ?? []
  if (scheme === '') throw unauthorized('token_missing')
  if (scheme.toLowerCase() === 'bearer') return value
  const pair = Buffer.from(value, 'base64').toString('latin1')
  return pair.slice(pair.indexOf(':') + 1)
}
