/**
 * Brings a database up to date when the portal starts. It keeps Prisma's own books (`_prisma_migrations`, its checksums
 * and its advisory lock), so `prisma migrate` finds such a database clean, and the other way round.
 *
 * Each migration runs in one transaction together with its line in the books: it is applied whole, or not at all.
 */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { codeOf, DatabaseError, wordsOf } from '../errors.ts'
import { type Migration, readMigrations } from './files.ts'

/** The lock that Prisma's own engine takes. */
const MIGRATION_LOCK = 72707369
const OLDEST_POSTGRES = 150_000

const BOOKS = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id                  varchar(36) PRIMARY KEY NOT NULL,
    checksum            varchar(64) NOT NULL,
    finished_at         timestamptz,
    migration_name      varchar(255) NOT NULL,
    logs                text,
    rolled_back_at      timestamptz,
    started_at          timestamptz NOT NULL DEFAULT now(),
    applied_steps_count integer NOT NULL DEFAULT 0
  )`

/**
 * Idempotent, and safe when several portals start at once.
 * @returns the names of the migrations that it applied
 * @throws DatabaseError `database_unreachable`, `database_too_old`, `database_newer_than_portal`, `migration_changed`,
 * `migration_failed`, `owner_lacks_rights`
 */
export async function applyMigrations(ownerUrl: string): Promise<string[]> {
  const owner = await connectOwner(ownerUrl)
  try {
    return await bringUpToDate(owner, await readMigrations())
  } finally {
    await owner.end()
  }
}

/** @throws DatabaseError `database_unreachable`, `database_too_old` */
export async function connectOwner(ownerUrl: string): Promise<pg.Client> {
  const owner = new pg.Client({
    connectionString: ownerUrl,
    connectionTimeoutMillis: 10_000,
    application_name: 'holdfast migrations',
  })
  owner.on('error', () => {})
  try {
    await owner.connect()
  } catch (error) {
    throw new DatabaseError('database_unreachable', wordsOf(error) || codeOf(error), error)
  }
  const version = await owner.query<{ number: number; text: string }>(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text",
  )
  const { number = 0, text = '' } = version.rows[0] ?? {}
  if (number < OLDEST_POSTGRES) {
    await owner.end()
    throw new DatabaseError('database_too_old', `PostgreSQL ${text}`)
  }
  return owner
}

/** @param owner stays open, and free of transactions and locks */
export async function bringUpToDate(owner: pg.Client, migrations: readonly Migration[]): Promise<string[]> {
  await owner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK])
  try {
    await owner.query('SET client_min_messages = warning')
    await owner.query(BOOKS).catch(refused('the table of applied migrations'))
    const waiting = await stillToApply(owner, migrations)
    for (const migration of waiting) await applyOne(owner, migration)
    return waiting.map((migration) => migration.name)
  } finally {
    await owner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK])
  }
}

async function stillToApply(owner: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows: applied } = await owner.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  )
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  for (const { name, checksum, finished } of applied) {
    const migration = known.get(name)
    if (!migration) throw new DatabaseError('database_newer_than_portal', `it has ${name}`)
    if (!finished)
      throw new DatabaseError('migration_failed', `${name} was begun by another tool and not finished`)
    if (migration.checksum !== checksum) throw new DatabaseError('migration_changed', name)
  }
  const done = new Set(applied.map(({ name }) => name))
  return migrations.filter(({ name }) => !done.has(name))
}

async function applyOne(owner: pg.Client, migration: Migration): Promise<void> {
  await owner.query('BEGIN')
  try {
    await owner.query(migration.sql)
    await owner.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    )
    await owner.query('COMMIT')
  } catch (error) {
    await owner.query('ROLLBACK')
    refused(migration.name)(error)
  }
}

function refused(what: string): (error: unknown) => never {
  return (error) => {
    const code = codeOf(error) === '42501' ? 'owner_lacks_rights' : 'migration_failed'
    throw new DatabaseError(code, `${what}: ${wordsOf(error)}`, error)
  }
}
