/**
 * The catalogue of one repository: which snapshots it has, and what each of them holds. An SQLite file of its own beside
 * the state. It holds nothing that restic could not say again, so a damaged one is thrown away and begun anew.
 *
 *   snapshot ──► listing ──► entries ──► listings of folders ──► …
 *
 * A listing is what lies in one folder, and is known by a hash of its content, that of the folders below included. So a
 * folder in which nothing changed is the same listing in a hundred snapshots, and stands here once. `used` counts who
 * points to a listing; what nobody points to is swept away in small steps, also after a death in the middle.
 *
 * The order of the entries is in their numbers: folders first, then the rest, each by name. A page begins where the one
 * before ended, however many there are.
 */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { z } from 'zod'
import type { ListedNode, Snapshot } from '../engine/index.ts'
import { json } from '../state/json.ts'

const FORMAT = 1
const SCHEMA = `
  CREATE TABLE snapshot (
    id TEXT PRIMARY KEY,
    taken_at INTEGER NOT NULL,
    host TEXT NOT NULL,
    paths TEXT NOT NULL,
    tags TEXT NOT NULL,
    root INTEGER,
    entries INTEGER
  ) STRICT;
  CREATE TABLE listing (
    id INTEGER PRIMARY KEY,
    hash BLOB UNIQUE,
    files INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    used INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX listing_unused ON listing (id) WHERE used = 0;
  CREATE TABLE entry (
    listing INTEGER NOT NULL,
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,
    size INTEGER,
    modified_at INTEGER,
    mode INTEGER,
    child INTEGER,
    PRIMARY KEY (listing, number)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX entry_child ON entry (child) WHERE child IS NOT NULL;
  PRAGMA user_version = ${FORMAT};
`

/** Numbers of what is no folder begin here. */
export const FIRST_FILE = 2 ** 31

export const KINDS = ['folder', 'file', 'link', 'other'] as const satisfies ListedNode['kind'][]

export type KnownSnapshot = {
  readonly id: string
  readonly takenAtMs: number
  readonly host: string
  readonly paths: readonly string[]
  readonly tags: readonly string[]
  /** Null while it is not in the catalogue. */
  readonly root: number | null
  readonly entries: number | null
  readonly files: number | null
  readonly bytes: number | null
}

const count = z.number().int().nullable()
const snapshotRow = z
  .object({
    id: z.string(),
    taken_at: z.number(),
    host: z.string(),
    paths: json(z.array(z.string())),
    tags: json(z.array(z.string())),
    ...{ root: count, entries: count, files: count, bytes: count },
  })
  .transform(({ taken_at: takenAtMs, ...same }): KnownSnapshot => ({ ...same, takenAtMs }))

const SNAPSHOTS = `SELECT snapshot.id, taken_at, host, paths, tags, root, entries, files, bytes
  FROM snapshot LEFT JOIN listing ON listing.id = root`

export class CatalogueFile {
  readonly #file: string
  #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(file: string) {
    this.#file = file
    this.#sqlite = open(file)
  }

  /** Newest first. */
  snapshots(): KnownSnapshot[] {
    return this.all(snapshotRow, `${SNAPSHOTS} ORDER BY taken_at DESC, snapshot.id`)
  }

  find(snapshotId: string): KnownSnapshot | null {
    return this.get(snapshotRow, `${SNAPSHOTS} WHERE snapshot.id = ?`, snapshotId)
  }

  /** Makes the list what the repository says it is; what only snapshots that are gone held is left to the sweep. */
  list(snapshots: readonly Snapshot[]): void {
    const there = new Set(snapshots.map(({ id }) => id))
    this.transact(() => {
      for (const { id, root } of this.snapshots()) {
        if (there.has(id)) continue
        this.run('DELETE FROM snapshot WHERE id = ?', id)
        if (root !== null) this.run('UPDATE listing SET used = used - 1 WHERE id = ?', root)
      }
      for (const { id, takenAt, host, paths, tags } of snapshots)
        this.run(
          'INSERT OR IGNORE INTO snapshot (id, taken_at, host, paths, tags) VALUES (?, ?, ?, ?, ?)',
          ...[id, takenAt.getTime(), host, JSON.stringify(paths), JSON.stringify(tags)],
        )
    })
  }

  /** The snapshot is in the catalogue from now on. One that was forgotten meanwhile is not. */
  taken(snapshotId: string, root: number, entries: number): void {
    this.transact(() => {
      const sql = 'UPDATE snapshot SET root = ?, entries = ? WHERE id = ? AND root IS NULL'
      if (this.run(sql, root, entries, snapshotId) > 0)
        this.run('UPDATE listing SET used = used + 1 WHERE id = ?', root)
    })
  }

  /** Removes some of what nobody points to, and says whether there is more of it. Never while a snapshot is being read. */
  sweep(): boolean {
    return this.transact(() => {
      const unused = this.get(z.object({ id: z.number() }), 'SELECT id FROM listing WHERE used = 0 LIMIT 1')
      if (unused === null) return false
      const { id } = unused
      // Nobody may find it any more: from here on it is not whole.
      this.run('UPDATE listing SET hash = NULL WHERE id = ?', id)
      const { last } = this.get(
        z.object({ last: z.number().nullable() }),
        `SELECT max(number) AS last FROM
           (SELECT number FROM entry WHERE listing = ? ORDER BY number LIMIT ${SWEPT_AT_ONCE})`,
        id,
      ) ?? { last: null }
      if (last === null) {
        this.run('DELETE FROM listing WHERE id = ?', id)
        return true
      }
      this.run(
        `UPDATE listing SET used = used - gone.times FROM
           (SELECT child, count(*) AS times FROM entry
            WHERE listing = ? AND number <= ? AND child IS NOT NULL GROUP BY child) AS gone
         WHERE listing.id = gone.child`,
        id,
        last,
      )
      this.run('DELETE FROM entry WHERE listing = ? AND number <= ?', id, last)
      return true
    })
  }

  transact<T>(work: () => T): T {
    if (this.#sqlite.isTransaction) return work()
    return this.#guard(() => {
      this.#sqlite.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        this.#sqlite.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK')
        throw error
      }
    })
  }

  all<S extends z.ZodType>(schema: S, sql: string, ...values: SQLInputValue[]): z.output<S>[] {
    return this.#guard(() =>
      this.#statement(sql)
        .all(...values)
        .map((row) => schema.parse(row)),
    )
  }

  get<S extends z.ZodType>(schema: S, sql: string, ...values: SQLInputValue[]): z.output<S> | null {
    const row = this.#guard(() => this.#statement(sql).get(...values))
    return row === undefined ? null : schema.parse(row)
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#guard(() => this.#statement(sql).run(...values)).changes)
  }

  /** The id of the row that it adds. */
  insert(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#guard(() => this.#statement(sql).run(...values)).lastInsertRowid)
  }

  close(): void {
    this.#statements.clear()
    if (this.#sqlite.isOpen) this.#sqlite.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#sqlite.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }

  /** A file that turns out to be damaged is begun anew: whoever was using it fails this once, and asks again. */
  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (isDamage(error) && this.#sqlite.isOpen) {
        this.close()
        removeCatalogue(this.#file)
        this.#sqlite = open(this.#file)
      }
      throw error
    }
  }
}

/** As many as take a few milliseconds. */
const SWEPT_AT_ONCE = 2_000

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  try {
    return openAs(file)
  } catch (error) {
    if (!isDamage(error)) throw error
    removeCatalogue(file)
    return openAs(file)
  }
}

function openAs(file: string): DatabaseSync {
  closeSync(openSync(file, 'a', 0o600))
  const sqlite = new DatabaseSync(file, { timeout: 5_000 })
  try {
    const { user_version: format } = z
      .object({ user_version: z.number() })
      .parse(sqlite.prepare('PRAGMA user_version').get())
    if (format !== 0 && format !== FORMAT) throw new OtherFormat()
    // After a power cut the last minutes may be missing, never half there.
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 8388608')
    if (format === 0) sqlite.exec(`BEGIN; ${SCHEMA} COMMIT`)
    return sqlite
  } catch (error) {
    sqlite.close()
    throw error
  }
}

class OtherFormat extends Error {}

export function removeCatalogue(file: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(file + ending, { force: true })
}

const sqliteError = z.object({ code: z.literal('ERR_SQLITE_ERROR'), errcode: z.number() })

function isDamage(error: unknown): boolean {
  if (error instanceof OtherFormat) return true
  const { data } = sqliteError.safeParse(error)
  // CORRUPT, NOTADB
  return data !== undefined && [11, 26].includes(data.errcode & 0xff)
}
