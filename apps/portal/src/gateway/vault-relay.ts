/**
 * Leads servers to their vault through the gateway's own port, where a site lets out nothing else.
 *
 *   agent ── GET /vault/<id>, token ──► whose token? ──► is there room? ──► is that its vault? ──► connected
 *                                          │ 404            │ 503             │ 404                  │ 503
 *   agent ◄── 101, then bytes both ways ──────────────────────────────────────────────────────────► vault
 *
 * What passes is TLS between restic and the vault: nothing of it is read or kept here. An end that does not take more
 * holds the other back, so that each way costs what two sockets buffer. Where it leads is decided by the database alone:
 * the vault in which the customer of the token keeps the repository of the token, unless the provider has said that this
 * one is not led to. Who may not is answered like anybody who asks for what there is not.
 */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import { connect, type LookupFunction, type Socket } from 'node:net'
import type { Database } from '@holdfast/database'
import { VAULT_RELAY } from '@holdfast/protocol'
import { readVaultToken } from '@holdfast/protocol/vault-token'
import { z } from 'zod'
import type { ProcessLog } from '#start/process-log.ts'
import { type AttemptLimit, Attempts, addressKey } from './attempts.ts'

export type VaultRelayLimits = {
  /** Ways at one time. Each is two open files. */
  readonly waysMax: number
  /** A restic keeps five connections open, and a server may run some of them. */
  readonly waysPerServerMax: number
  /** Without a byte in either direction. */
  readonly idleMs: number
  readonly connectMs: number
  /** For whoever was refused to read why. */
  readonly refusedMs: number
  /** Tokens of one address that were worth nothing. */
  readonly attempts: AttemptLimit
}

export const VAULT_RELAY_LIMITS: VaultRelayLimits = {
  waysMax: 500,
  waysPerServerMax: 32,
  idleMs: 10 * 60_000,
  connectMs: 10_000,
  refusedMs: 10_000,
  attempts: { capacity: 100, refillMs: 2_000 },
}

export type VaultRelayOptions = {
  readonly database: Database
  /** Signs what vaults are asked with; its public half tells which tokens are ours. */
  readonly vaultKey: KeyObject
  readonly processLog: ProcessLog
  /** It has shown that it is one of our servers. */
  readonly onAdmitted: (socket: Socket) => void
  readonly limits?: Partial<VaultRelayLimits> | undefined
  /** In place of the system's resolver. */
  readonly lookup?: LookupFunction | undefined
}

type Wish = {
  readonly vaultId: string
  readonly customerId: string
  readonly serverId: string
  readonly repositoryId: string
}

/** Ids as the portal gives them. Tokens that people make by hand have names of their own, and lead nowhere here. */
const wish = z.object({
  vaultId: z.uuid(),
  customerId: z.uuid(),
  serverId: z.uuid(),
  repositoryId: z.uuid(),
})
const addressRow = z.object({ address: z.string() })

export class VaultRelay {
  readonly #options: VaultRelayOptions
  readonly #limits: VaultRelayLimits
  readonly #attempts: Attempts
  readonly #publicKeys: readonly KeyObject[]
  /** Those who are let in, and those who are about to be: by server. */
  readonly #ways = new Map<string, number>()
  readonly #sockets = new Set<Socket>()
  #count = 0
  #isClosed = false

  constructor(options: VaultRelayOptions) {
    this.#options = options
    this.#limits = { ...VAULT_RELAY_LIMITS, ...options.limits }
    this.#attempts = new Attempts(this.#limits.attempts)
    this.#publicKeys = [createPublicKey(options.vaultKey)]
  }

  /** Ways that are open, or about to be. */
  get count(): number {
    return this.#count
  }

  /** Whether a request for an upgrade is meant for a vault. */
  static isMeant({ url = '', headers }: IncomingMessage): boolean {
    return url.startsWith(VAULT_RELAY.path) && headers.upgrade === VAULT_RELAY.protocol
  }

  /** Takes over the socket. Never fails: failing is an answer. */
  take(request: IncomingMessage, near: Socket, early: Buffer): void {
    near.on('error', () => {})
    if (early.length > 0) near.unshift(early)
    this.#lead(request, near).catch((error: unknown) => {
      this.#options.processLog.error({ err: error }, 'A vault could not be looked up.')
      this.#refuse(near, 503)
    })
  }

  /** Ends every way. restic asks again, and finds the portal that comes after this one. */
  close(): void {
    this.#isClosed = true
    for (const socket of this.#sockets) socket.destroy()
  }

  async #lead(request: IncomingMessage, near: Socket): Promise<void> {
    const wanted = this.#wishOf(request)
    if (wanted === null) return this.#refuse(near, 404)
    if (near.destroyed) return
    if (this.#isClosed || !this.#enter(wanted.serverId)) return this.#refuse(near, 503)
    near.once('close', () => this.#leave(wanted.serverId))
    this.#keep(near)
    const address = await this.#addressOf(wanted)
    if (address === null) return this.#refuse(near, 404)
    this.#options.onAdmitted(near)
    const far = await this.#connect(address)
    if (far === null) return this.#refuse(near, 503)
    this.#keep(far)
    if (near.destroyed || this.#isClosed) {
      near.destroy()
      far.destroy()
      return
    }
    near.write(SWITCHING)
    join(near, far, this.#limits.idleMs)
  }

  #wishOf({ url = '', headers, socket }: IncomingMessage): Wish | null {
    const from = addressKey(socket.remoteAddress ?? '')
    if (this.#attempts.take(from) !== null) return null
    const [, token = ''] = /^Bearer ([A-Za-z0-9._-]+)$/.exec(headers.authorization ?? '') ?? []
    const read = readVaultToken(token, this.#publicKeys)
    if (read === null || read.isWider || read.claims.expiresAt * 1_000 <= Date.now()) return null
    const { customer, server, repository } = read.claims
    const wanted = wish.safeParse({
      vaultId: url.slice(VAULT_RELAY.path.length),
      ...{ customerId: customer, serverId: server, repositoryId: repository },
    })
    if (!wanted.success) return null
    this.#attempts.giveBack(from)
    return wanted.data
  }

  #enter(serverId: string): boolean {
    const ofServer = this.#ways.get(serverId) ?? 0
    if (this.#count >= this.#limits.waysMax || ofServer >= this.#limits.waysPerServerMax) return false
    this.#count += 1
    this.#ways.set(serverId, ofServer + 1)
    return true
  }

  #leave(serverId: string): void {
    this.#count -= 1
    const left = (this.#ways.get(serverId) ?? 0) - 1
    if (left > 0) this.#ways.set(serverId, left)
    else this.#ways.delete(serverId)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  async #addressOf({ vaultId, customerId, serverId, repositoryId }: Wish): Promise<string | null> {
    const { database } = this.#options
    const providerId = (await database.directory.portalProvider())?.id
    if (providerId === undefined) return null
    const { rows } = await database.forTenantSql({ providerId, customerId: null }, (sql) =>
      sql.query({ ...ADDRESS, values: [repositoryId, customerId, serverId, vaultId] }),
    )
    return z.array(addressRow).parse(rows)[0]?.address ?? null
  }

  #refuse(near: Socket, status: 404 | 503): void {
    const body = `${STATUS_CODES[status]}\n`
    const head = ['Content-Type: text/plain', `Content-Length: ${body.length}`, 'Connection: close']
    // By the clock: he may go on talking for ever.
    const cut = setTimeout(() => near.destroy(), this.#limits.refusedMs)
    near.once('close', () => clearTimeout(cut))
    near.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...head, '', body].join('\r\n'))
    // Otherwise what he still says would keep the socket open.
    near.resume()
  }

  /** Null when nobody is there. */
  #connect(address: string): Promise<Socket | null> {
    const at = address.lastIndexOf(':')
    const host = address.slice(0, at).replace(/^\[|\]$/g, '')
    const { lookup } = this.#options
    return new Promise((resolve) => {
      const far = connect({ host, port: Number(address.slice(at + 1)), ...(lookup && { lookup }) })
      far.setTimeout(this.#limits.connectMs, () => far.destroy())
      far.on('error', () => {})
      far.once('close', () => resolve(null))
      far.once('connect', () => resolve(far))
    })
  }
}

/** The server may be another one of the customer, which restores from what is not its own: the token was signed for it. */
const ADDRESS = {
  name: 'vault_relay_address',
  text: `
    SELECT vault.address
    FROM repository
    JOIN server ON server.id = $3::uuid AND server.customer_id = repository.customer_id
    JOIN vault ON vault.id = $4::uuid AND vault.provider_id = repository.provider_id
         AND vault.is_relayed
    WHERE repository.id = $1::uuid AND repository.customer_id = $2::uuid AND repository.kind = 'vault'
      AND repository.place::jsonb ->> 'vaultId' = vault.id::text`,
}

const SWITCHING = [
  'HTTP/1.1 101 Switching Protocols',
  'Connection: Upgrade',
  `Upgrade: ${VAULT_RELAY.protocol}`,
  '\r\n',
].join('\r\n')

/** Each ends with the other, after it has got all that was on the way to it. */
function join(near: Socket, far: Socket, idleMs: number): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.setNoDelay(true)
    one.setTimeout(idleMs, () => one.destroy())
    one.once('close', () => other.destroySoon())
    one.pipe(other)
  }
}
