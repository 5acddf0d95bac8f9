import {
  DATABASE_KINDS,
  LIMITS,
  OFFER_KINDS,
  type OfferKind,
  type Offers,
  offerName,
} from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/**
 * What plans may name on this server: databases, commands and hooks, each under a name. Only the command line of this
 * machine writes here; no message of a portal does.
 */
export const program = z.object({
  /** Absolute path. */
  program: z.string().min(1),
  args: z.array(z.string()),
  /** Of this system, for an agent that runs as root; null: the agent's own. */
  user: z.string().nullable(),
})
export type Program = z.output<typeof program>

const served = {
  /** A host, or the folder (PostgreSQL) or file (MySQL) of a socket; null: as the programs find it by themselves. */
  host: z.string().nullable(),
  port: z.number().int().min(1).max(65_535).nullable(),
  login: z.string().nullable(),
  /** Null: every database, and who may use them. */
  database: z.string().min(1).nullable(),
  user: z.string().nullable(),
}

export const databaseSetting = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('postgresql'), ...served }),
  z.object({ kind: z.literal('mysql'), ...served }),
  z.object({ kind: z.literal('sqlite'), file: z.string().min(1) }),
])
export type DatabaseSetting = z.output<typeof databaseSetting>
export type ServedSetting = Extract<DatabaseSetting, { host: string | null }>

export type DatabaseOffer = {
  readonly name: string
  readonly setting: DatabaseSetting
  readonly password: string | null
}
export type ProgramOffer = { readonly name: string; readonly setting: Program }

const databaseRow = z
  .object({ name: offerName, setting: json(databaseSetting), secret: z.string().nullable() })
  .transform(({ secret: password, ...same }): DatabaseOffer => ({ ...same, password }))
const programRow = z.object({ name: offerName, setting: json(program) })
const nameRow = z.object({
  kind: z.enum(OFFER_KINDS),
  name: offerName,
  database: z.enum(DATABASE_KINDS).nullable(),
})

export class SiteOffers {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  databases(): DatabaseOffer[] {
    return this.#database.all(
      databaseRow,
      "SELECT name, setting, secret FROM offers WHERE kind = 'database' ORDER BY name",
    )
  }

  programs(kind: 'command' | 'hook'): ProgramOffer[] {
    return this.#database.all(
      programRow,
      'SELECT name, setting FROM offers WHERE kind = ? ORDER BY name',
      kind,
    )
  }

  /** What portals learn of it. */
  names(): Offers {
    const rows = this.#database.all(
      nameRow,
      "SELECT kind, name, json_extract(setting, '$.kind') AS database FROM offers ORDER BY name",
    )
    const of = (kind: OfferKind) =>
      rows.flatMap((row) => (row.kind === kind ? [row.name] : [])).slice(0, LIMITS.offersMax)
    return {
      databases: rows
        .flatMap(({ name, database }) => (database === null ? [] : [{ name, kind: database }]))
        .slice(0, LIMITS.offersMax),
      commands: of('command'),
      hooks: of('hook'),
    }
  }

  /** False when there are as many as portals can be told of. One of the same name is replaced. */
  put(kind: OfferKind, name: string, setting: Program | DatabaseSetting, secret: string | null): boolean {
    const { others } = this.#database.get(
      z.object({ others: z.number() }),
      'SELECT count(*) AS others FROM offers WHERE kind = ? AND name <> ?',
      kind,
      name,
    ) ?? { others: 0 }
    if (others >= LIMITS.offersMax) return false
    this.#database.run(
      `INSERT INTO offers (kind, name, setting, secret) VALUES (?, ?, ?, ?)
       ON CONFLICT (kind, name) DO UPDATE SET setting = excluded.setting, secret = excluded.secret`,
      kind,
      name,
      JSON.stringify(setting),
      secret,
    )
    return true
  }

  remove(kind: OfferKind, name: string): boolean {
    const there = this.#database.get(
      z.object({ name: offerName }),
      'SELECT name FROM offers WHERE kind = ? AND name = ?',
      kind,
      name,
    )
    this.#database.run('DELETE FROM offers WHERE kind = ? AND name = ?', kind, name)
    return there !== null
  }
}
