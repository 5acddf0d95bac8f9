/** Migrating is what happens to somebody's only copy at every update: it must be repeatable, whole, and able to refuse. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../seed/index.ts'
import { applyMigrations, bringUpToDate } from './apply.ts'
import { type Migration, readMigrations } from './files.ts'
import { missingSql } from './shadow.ts'

let test: TestDatabase
let owner: pg.Client
let released: Migration[]
beforeAll(async () => {
  test = await startTestDatabase()
  released = await readMigrations()
  owner = new pg.Client(test.ownerUrl)
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await test.stop()
})

const next = (sql: string, name = '99990101000000_next'): Migration => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
})

it('has nothing left to do on a database that is up to date', async () => {
  expect(await applyMigrations(test.ownerUrl)).toEqual([])
})

it('leads to the schema', async () => {
  expect(await missingSql()).toBe('')
})

it("keeps Prisma's own books", async () => {
  const { rows } = await owner.query('SELECT * FROM _prisma_migrations ORDER BY migration_name')
  expect(rows).toMatchObject(
    released.map(({ name, checksum }) => ({
      migration_name: name,
      checksum,
      finished_at: expect.any(Date),
      rolled_back_at: null,
      applied_steps_count: 1,
    })),
  )
})

it('undoes a migration that fails in the middle, and says where', async () => {
  const broken = next('CREATE TABLE half (id int); SELECT 1 / 0;')
  await expect(bringUpToDate(owner, [...released, broken])).rejects.toMatchObject({
    code: 'migration_failed',
    detail: '99990101000000_next: division by zero',
  })
  const { rows } = await owner.query("SELECT to_regclass('half') AS half")
  expect(rows).toEqual([{ half: null }])
  expect(await bringUpToDate(owner, released)).toEqual([])
})

it('applies each migration once when several portals start together', async () => {
  const shared = next('CREATE TABLE started_together (id int)', '99990102000000_together')
  const others = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = new pg.Client(test.ownerUrl)
      await client.connect()
      return client
    }),
  )
  try {
    const applied = await Promise.all(others.map((client) => bringUpToDate(client, [...released, shared])))
    expect(applied.flat()).toEqual([shared.name])
  } finally {
    await Promise.all(others.map((client) => client.end()))
    await owner.query('DROP TABLE started_together')
    await owner.query('DELETE FROM _prisma_migrations WHERE migration_name = $1', [shared.name])
  }
})

describe('refuses', () => {
  it('a migration that was changed after it was applied', async () => {
    const edited = released.map((migration) => ({ ...migration, checksum: '0'.repeat(64) }))
    await expect(bringUpToDate(owner, edited)).rejects.toMatchObject({ code: 'migration_changed' })
  })

  it('a database that a newer portal has used', async () => {
    await expect(bringUpToDate(owner, [])).rejects.toMatchObject({
      code: 'database_newer_than_portal',
      detail: expect.stringContaining(released.at(0)?.name ?? 'none'),
    })
  })
})
