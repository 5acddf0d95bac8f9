/**
 * The agent's one SQLite file, opened so that what it has said it knows, it still knows after a power cut: WAL,
 * synchronous=FULL, and one transaction for everything that belongs together. Whatever comes out of it passes a zod
 * schema, because a file on a disk is a door like any other.
 *
 * A damaged file is never repaired, replaced or deleted here: it holds the keys of repositories.
 */
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { Failure } from '../failure.ts'
import { MIGRATIONS } from './migrations.ts'

export class Database {
  readonly file: string
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #depth = 0

  /**
   * Opens the file and brings it up to date; `seed` writes what a new one must hold, before anybody can see it without.
   * Fails with `state_corrupt`, `state_too_new` or `state_unwritable`.
   */
  constructor(file: string, seed: (database: Database) => void) {
    this.file = file
    makeSafePlace(file)
    this.#sqlite = this.#guard(() => new DatabaseSync(file, { timeout: 5_000 }))
    this.#guard(() => {
      const damage = z
        .array(z.object({ quick_check: z.string() }))
        .parse(this.#sqlite.prepare('PRAGMA quick_check(1)').all())
      const found = damage[0]?.quick_check ?? 'no answer'
      if (found !== 'ok') throw this.corrupt(found.replace('*** in database main ***\n', ''))
      this.#sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
      this.#migrate(seed)
    })
  }

  /** Runs all of `work` or none of it. Inside another transaction it becomes part of that one. */
  transact<T>(work: () => T): T {
    if (this.#depth > 0) return work()
    return this.#guard(() => {
      this.#sqlite.exec('BEGIN IMMEDIATE')
      this.#depth += 1
      try {
        const result = work()
        this.#sqlite.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK')
        throw error
      } finally {
        this.#depth -= 1
      }
    })
  }

  all<S extends z.ZodType>(schema: S, sql: string, ...values: SQLInputValue[]): z.output<S>[] {
    return this.#guard(() => this.#statement(sql).all(...values)).map((row) => this.#read(schema, row))
  }

  get<S extends z.ZodType>(schema: S, sql: string, ...values: SQLInputValue[]): z.output<S> | null {
    const row = this.#guard(() => this.#statement(sql).get(...values))
    return row === undefined ? null : this.#read(schema, row)
  }

  /** Returns how many rows it changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#guard(() => this.#statement(sql).run(...values)).changes)
  }

  close(): void {
    this.#statements.clear()
    if (this.#sqlite.isOpen) this.#sqlite.close()
  }

  corrupt(what: string): Failure {
    return new Failure({ code: 'state_corrupt', detail: `${this.file}: ${what}` })
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const made = this.#sqlite.prepare(sql)
    this.#statements.set(sql, made)
    return made
  }

  #read<S extends z.ZodType>(schema: S, row: unknown): z.output<S> {
    const parsed = schema.safeParse(row)
    if (parsed.success) return parsed.data
    // Only the places are named: the values may be passwords and keys.
    const places = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
    throw this.corrupt(`a row does not hold what it should (${places})`)
  }

  #migrate(seed: (database: Database) => void): void {
    const version = z
      .object({ user_version: z.number().int() })
      .parse(this.#sqlite.prepare('PRAGMA user_version').get()).user_version
    if (version > MIGRATIONS.length)
      throw new Failure({ code: 'state_too_new', detail: `${this.file}: format ${version}` })
    if (version === MIGRATIONS.length) return
    this.transact(() => {
      for (const migration of MIGRATIONS.slice(version)) this.#sqlite.exec(migration)
      this.#sqlite.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
      if (version === 0) seed(this)
    })
  }

  /** Gives SQLite's errors the names that people know; lets everything else pass. */
  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw named(this.file, error)
    }
  }
}

/** Codes of https://sqlite.org/rescode.html; extended codes keep the primary one in their low byte. */
const SQLITE_FAILURES: Readonly<Record<number, 'state_corrupt' | 'state_unwritable'>> = {
  3: 'state_unwritable', // PERM
  5: 'state_unwritable', // BUSY: another process has kept it for longer than our patience
  8: 'state_unwritable', // READONLY
  10: 'state_unwritable', // IOERR
  11: 'state_corrupt', // CORRUPT
  13: 'state_unwritable', // FULL
  14: 'state_unwritable', // CANTOPEN
  23: 'state_unwritable', // AUTH
  26: 'state_corrupt', // NOTADB
}

const sqliteError = z.object({ code: z.literal('ERR_SQLITE_ERROR'), errcode: z.number(), errstr: z.string() })

function named(file: string, error: unknown): unknown {
  const parsed = sqliteError.safeParse(error)
  if (!parsed.success) return error
  const code = SQLITE_FAILURES[parsed.data.errcode & 0xff]
  if (code === undefined) return error
  return new Failure({ code, detail: `${file}: ${parsed.data.errstr}` }, { cause: error })
}

/**
 * Makes the folder (0700) and the file (0600) before SQLite does, whose own files follow the rights of the first. An
 * existing folder that holds other things is left as it is: somebody may have named one that is not ours alone.
 */
function makeSafePlace(file: string): void {
  const folder = dirname(file)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (readdirSync(folder).length === 0) chmodSync(folder, 0o700)
    closeSync(openSync(file, 'a', 0o600))
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Failure({ code: 'state_unwritable', detail: `${file}: ${reason}` }, { cause: error })
  }
}
