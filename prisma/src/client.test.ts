/** What the portal relies on whenever it touches a row: one tenant a transaction, whole or undone, never silently. */
import { once } from 'node:events'
import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from './client.ts'
import { alreadyTaken } from './errors.ts'
import {
  type SeededProvider,
  seedCommand,
  seedCustomer,
  seedLogEntry,
  seedPlan,
  seedPresence,
  seedProvider,
  seedReportCursor,
  seedRepository,
  seedRun,
  seedServer,
  seedSite,
  seedUser,
  startTestDatabase,
  type TestDatabase,
} from './seed/index.ts'
import type { TenantSql } from './tenant.ts'

let test: TestDatabase
let database: Database
let provider: SeededProvider
beforeAll(async () => {
  test = await startTestDatabase()
  database = test.database
  provider = await seedProvider(database)
})
afterAll(() => test.stop())

const customersNamed = (name: string) =>
  database.forTenant(provider.tenant, (tx) => tx.customer.count({ where: { name } }))

const insertCustomer = (sql: TenantSql, name: string) =>
  sql.query('INSERT INTO customer (id, provider_id, name, handle) VALUES (gen_random_uuid(), $1, $2, $3)', [
    provider.id,
    name,
    name.toLowerCase(),
  ])

describe('a transaction of a tenant', () => {
  it('keeps what succeeded and undoes what threw, through Prisma', async () => {
    await database.forTenant(provider.tenant, (tx) => seedCustomer(tx, provider, { name: 'Kept' }))
    const thrown = database.forTenant(provider.tenant, async (tx) => {
      await seedCustomer(tx, provider, { name: 'Undone' })
      throw new Error('on purpose')
    })
    await expect(thrown).rejects.toThrow('on purpose')
    expect([await customersNamed('Kept'), await customersNamed('Undone')]).toEqual([1, 0])
  })

  it('keeps what succeeded and undoes what threw, through SQL', async () => {
    await database.forTenantSql(provider.tenant, (sql) => insertCustomer(sql, 'Kept-sql'))
    const thrown = database.forTenantSql(provider.tenant, async (sql) => {
      await insertCustomer(sql, 'Undone-sql')
      throw new Error('on purpose')
    })
    await expect(thrown).rejects.toThrow('on purpose')
    expect([await customersNamed('Kept-sql'), await customersNamed('Undone-sql')]).toEqual([1, 0])
  })

  it('never claims success when a failure inside was swallowed', async () => {
    const throughPrisma = database.forTenant(provider.tenant, async (tx) => {
      await seedCustomer(tx, provider, { name: 'Lost' })
      await tx.$executeRaw`SELECT 1 / 0`.catch(() => {})
    })
    await expect(throughPrisma).rejects.toThrow(/aborted/)
    const throughSql = database.forTenantSql(provider.tenant, async (sql) => {
      await insertCustomer(sql, 'Lost')
      await sql.query('SELECT 1 / 0').catch(() => {})
    })
    await expect(throughSql).rejects.toMatchObject({ code: 'transaction_undone' })
    expect(await customersNamed('Lost')).toBe(0)
  })

  it('cannot be used after its end', async () => {
    const kept = await database.forTenantSql(provider.tenant, async (sql) => sql)
    expect(() => kept.query('SELECT 1')).toThrow('ended')
    const keptPrisma = await database.forTenant(provider.tenant, async (tx) => tx)
    await expect(keptPrisma.customer.count()).rejects.toThrow()
  })

  it('takes only a tenant that is one', async () => {
    const nobody = { providerId: '', customerId: null }
    await expect(database.forTenant(nobody, (tx) => tx.customer.count())).rejects.toThrow()
    await expect(database.forTenantSql(nobody, (sql) => sql.query('SELECT 1'))).rejects.toThrow()
  })
})

describe('an error', () => {
  const secret = 'never-in-a-log'
  const refused = (given: Record<string, unknown>) =>
    database
      .forTenant(provider.tenant, (tx) => seedUser(tx, provider.tenant, { passwordHash: secret, ...given }))
      .then(
        () => null,
        (error: unknown) => error,
      )

  it.each([
    ['a value that is taken', { email: 'bill@example.com' }],
    ['a rule of the table', { email: 'UPPER@example.com' }],
    ['a value of the wrong kind', { name: 7 }],
    ['a column that is not there', { nonsense: 1 }],
  ])('about %s quotes no value of the row', async (_, given) => {
    const error = await refused(given)
    expect(error).toBeInstanceOf(Error)
    expect(inspect(error, { depth: null, showHidden: true })).not.toContain(secret)
  })

  it('says which constraint is violated when something is taken', async () => {
    expect(alreadyTaken(await refused({ email: 'bill@example.com' }))).toBe('user_account_email_key')
    expect(alreadyTaken(await refused({ email: 'UPPER@example.com' }))).toBeNull()
    const twice = database.forTenantSql(provider.tenant, async (sql) => {
      await insertCustomer(sql, 'Twice')
      await insertCustomer(sql, 'Twice')
    })
    expect(alreadyTaken(await twice.catch((error) => error))).toBe('customer_handle_key')
  })
})

it('keeps tenants apart that share one connection and arrive all at once', async () => {
  const narrow = await openDatabase({ ...test, poolSize: 1 })
  try {
    const customers = await database.forTenant(provider.tenant, async (tx) => [
      await seedCustomer(tx, provider),
      await seedCustomer(tx, provider),
      await seedCustomer(tx, provider),
    ])
    const seen = await Promise.all(
      Array.from({ length: 60 }, async (_, turn) => {
        const customer = customers[turn % customers.length]
        const tenant = { providerId: provider.id, customerId: customer?.id ?? '' }
        const ids =
          turn % 2 === 0
            ? await narrow.forTenant(tenant, (tx) => tx.customer.findMany({ select: { id: true } }))
            : (await narrow.forTenantSql(tenant, (sql) => sql.query('SELECT id FROM customer'))).rows
        return { expected: [{ id: customer?.id }], ids }
      }),
    )
    for (const { expected, ids } of seen) expect(ids).toEqual(expected)
  } finally {
    await narrow.close()
  }
})

it('survives PostgreSQL cutting every connection in the middle of work', async () => {
  const owner = new pg.Client(test.ownerUrl)
  await owner.connect()
  const cutAll = () =>
    owner.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'holdfast_app'")
  try {
    const throughSql = database.forTenantSql(provider.tenant, async (sql) => {
      await insertCustomer(sql, 'Cut')
      await cutAll()
      await sql.query('SELECT 1')
    })
    await expect(throughSql).rejects.toThrow()
    const throughPrisma = database.forTenant(provider.tenant, async (tx) => {
      await seedCustomer(tx, provider, { name: 'Cut' })
      await cutAll()
      await tx.customer.count()
    })
    await expect(throughPrisma).rejects.toThrow()
  } finally {
    const ended = once(owner, 'end')
    await owner.end()
    await ended
  }
  expect(await customersNamed('Cut')).toBe(0)
})

it('removes a server with everything that hangs on it, and nothing else', async () => {
  const { kept, log } = await database.forTenant(provider.tenant, async (tx) => {
    const user = await seedUser(tx, provider.tenant)
    const site = await seedSite(tx, await seedCustomer(tx, provider))
    const [gone, kept] = [await seedServer(tx, site), await seedServer(tx, site)]
    for (const server of [gone, kept]) {
      await seedPresence(tx, server)
      await seedRun(tx, await seedPlan(tx, await seedRepository(tx, server)))
      await seedCommand(tx, server, user)
      await seedReportCursor(tx, server)
    }
    const log = await seedLogEntry(tx, gone)
    await tx.server.delete({ where: { id: gone.id } })
    return { kept, log }
  })
  const left = await database.forTenant(provider.tenant, async (tx) => ({
    servers: await tx.server.findMany({ where: { siteId: kept.siteId }, select: { id: true } }),
    runs: await tx.run.findMany({ where: { customerId: kept.customerId }, select: { serverId: true } }),
    commands: await tx.command.findMany({
      where: { customerId: kept.customerId },
      select: { serverId: true },
    }),
    log: await tx.managementLogEntry.count({ where: { id: log.id } }),
  }))
  expect(left).toEqual({
    servers: [{ id: kept.id }],
    runs: [{ serverId: kept.id }],
    commands: [{ serverId: kept.id }],
    log: 1,
  })
})

describe('opening', () => {
  it('says what to do when nobody answers, without the password', async () => {
    const refused = openDatabase({
      ownerUrl: 'postgresql://owner:secret-word@127.0.0.1:1/none',
      appPassword: 'x',
    })
    await expect(refused).rejects.toMatchObject({
      code: 'database_unreachable',
      todo: expect.stringContaining('DATABASE_URL'),
    })
    await expect(refused).rejects.not.toThrow(/secret-word/)
  })

  it('gives the application role a new password, and never sends it in a statement', async () => {
    const appPassword = `it's new: ${'ü'.normalize('NFC')}/?#@`
    const owner = new pg.Client(test.ownerUrl)
    await owner.connect()
    try {
      const before = await storedPassword(owner)
      const reopened = await openDatabase({ ownerUrl: test.ownerUrl, appPassword })
      expect(await reopened.directory.portalProvider()).toMatchObject({ id: provider.id })
      await reopened.close()
      const after = await storedPassword(owner)
      expect(after).toMatch(/^SCRAM-SHA-256\$4096:/)
      expect(after).not.toBe(before)

      const again = await openDatabase({ ownerUrl: test.ownerUrl, appPassword })
      await again.close()
      expect(await storedPassword(owner), 'a password that fits is left alone').toBe(after)
    } finally {
      await (await openDatabase(test)).close()
      await owner.end()
    }
  })

  it('refuses an application role that could look past row-level security', async () => {
    const owner = new pg.Client(test.ownerUrl)
    await owner.connect()
    try {
      await owner.query('ALTER ROLE holdfast_app BYPASSRLS')
      await expect(openDatabase(test)).rejects.toMatchObject({
        code: 'app_role_too_powerful',
        detail: 'BYPASSRLS',
      })
      await owner.query('ALTER ROLE holdfast_app NOBYPASSRLS')
      await owner.query('GRANT pg_read_all_data TO holdfast_app')
      await expect(openDatabase(test)).rejects.toMatchObject({ detail: 'membership in another role' })
    } finally {
      await owner.query('ALTER ROLE holdfast_app NOBYPASSRLS')
      await owner.query('REVOKE pg_read_all_data FROM holdfast_app')
      await owner.end()
    }
  })
})

async function storedPassword(owner: pg.Client): Promise<string> {
  const { rows } = await owner.query<{ stored: string }>(
    "SELECT rolpassword AS stored FROM pg_authid WHERE rolname = 'holdfast_app'",
  )
  return rows[0]?.stored ?? ''
}
