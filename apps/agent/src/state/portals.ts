import { randomUUID } from 'node:crypto'
import { address, formatServerName, type JoinToken, serverName, sha256Hex } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { FROM_ENVIRONMENT, type ProxySetting, proxySetting } from '../link/proxy.ts'
import { DEFAULT_POLICY, type Policy, policy } from '../policy.ts'
import type { Database } from './database.ts'
import { json } from './json.ts'

/** A portal that this agent links to: where it is, who the server is there, and what the portal may do here. */
export type Portal = {
  readonly id: string
  /** `customer/server`. */
  readonly name: string
  /** None: it dials this agent (listen/). */
  readonly addresses: readonly string[]
  readonly password: string
  /** SHA-256 of the certificate that was last proven (or that the join token named); null when none is known yet. */
  readonly certificate: string | null
  /** What the portal calls itself. Null until it has proven itself once. */
  readonly displayName: string | null
  readonly policy: Policy
  readonly proxy: ProxySetting
  /** Where it last proved itself. */
  readonly lastAddress: string | null
  /** Names the sequence of reports to this portal. */
  readonly journalId: string
  readonly joinedAt: string
  readonly provenAt: string | null
}

const COLUMNS =
  'id, name, addresses, password, certificate, display_name, policy, proxy, last_address, journal_id, joined_at, proven_at'

const portalRow = z
  .object({
    id: z.uuid(),
    name: serverName.transform(formatServerName),
    addresses: json(z.array(address)),
    password: z.string().min(1),
    certificate: sha256Hex.nullable(),
    display_name: z.string().nullable(),
    policy: json(policy),
    proxy: json(proxySetting),
    last_address: address.nullable(),
    journal_id: z.uuid(),
    joined_at: z.string(),
    proven_at: z.string().nullable(),
  })
  .transform(
    ({
      display_name: displayName,
      last_address: lastAddress,
      journal_id: journalId,
      joined_at: joinedAt,
      proven_at: provenAt,
      ...same
    }): Portal => ({ ...same, displayName, lastAddress, journalId, joinedAt, provenAt }),
  )

/** What `join` learns from a token or from a person; the certificate may be left unknown, and the proxy unsaid. */
export type Joining = Omit<JoinToken, 'certificate'> & {
  readonly certificate: string | null
  proxy?: ProxySetting | undefined
}

export class Portals {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  all(): Portal[] {
    return this.#database.all(portalRow, `SELECT ${COLUMNS} FROM portals ORDER BY joined_at, id`)
  }

  find(id: string): Portal | null {
    return this.#database.get(portalRow, `SELECT ${COLUMNS} FROM portals WHERE id = ?`, id)
  }

  /**
   * Remembers a portal. Joining again under the same name, at an address that is known already, with the certificate that
   * is known already (it may dial us now, or be dialled again), or in place of an attempt that never came through, renews that entry and keeps its policy, and its proxy if none is named; anything
   * else is one more portal.
   */
  join(joining: Joining): Portal {
    return this.#database.transact(() => {
      const known = this.sameAs(joining)
      const id = known?.id ?? uuidv7()
      const values = [
        formatServerName(joining.name),
        JSON.stringify(joining.addresses),
        joining.password,
        joining.certificate,
        JSON.stringify(joining.proxy ?? known?.proxy ?? FROM_ENVIRONMENT),
      ]
      if (known === null) {
        this.#database.run(
          `INSERT INTO portals (name, addresses, password, certificate, proxy, policy, journal_id, joined_at, id)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...values,
          JSON.stringify(DEFAULT_POLICY),
          randomUUID(),
          new Date().toISOString(),
          id,
        )
      } else {
        this.#database.run(
          'UPDATE portals SET name = ?, addresses = ?, password = ?, certificate = ?, proxy = ? WHERE id = ?',
          ...values,
          id,
        )
      }
      const portal = this.find(id)
      if (portal === null) throw this.#database.corrupt('a portal vanished while it was written')
      return portal
    })
  }

  /** The entry that joining with these words would renew. */
  sameAs(joining: Pick<Joining, 'name' | 'addresses' | 'certificate'>): Portal | null {
    const name = formatServerName(joining.name)
    const same = (portal: Portal) =>
      portal.name === name &&
      (portal.provenAt === null ||
        (portal.certificate !== null && portal.certificate === joining.certificate) ||
        (portal.addresses.length === 0 && joining.addresses.length === 0) ||
        portal.addresses.some((known) => joining.addresses.includes(known)))
    return this.all().find(same) ?? null
  }

  /** A link was proven: remembers what the portal calls itself, its certificate if it has shown one, and where it was. */
  proven(id: string, displayName: string, certificate: string | null, dialled: string | null = null): void {
    this.#database.run(
      `UPDATE portals SET display_name = ?, certificate = coalesce(?, certificate),
         last_address = coalesce(?, last_address), proven_at = ? WHERE id = ?`,
      displayName,
      certificate,
      dialled,
      new Date().toISOString(),
      id,
    )
  }

  /** Only for a person at the site: no portal reaches this. */
  setPolicy(id: string, policy: Policy): void {
    this.#database.run('UPDATE portals SET policy = ? WHERE id = ?', JSON.stringify(policy), id)
  }

  /** Only for a person at the site: it may hold a password. */
  setProxy(id: string, proxy: ProxySetting): void {
    this.#database.run('UPDATE portals SET proxy = ? WHERE id = ?', JSON.stringify(proxy), id)
  }

  /** Forgets the portal with its password, its plans and what was not reported to it. Repositories stay, with their keys. */
  leave(id: string): void {
    this.#database.run('DELETE FROM portals WHERE id = ?', id)
  }
}
