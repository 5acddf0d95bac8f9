/** PostgreSQL goes away while the portal runs, and comes back: each asker is told so by code, and afterwards all goes on. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase } from './client.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import { seedCustomer, seedProvider, startTestDatabase } from './seed/index.ts'

it('says that the database is gone, and goes on when it is back', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-outage-'))
  await chmod(folder, 0o711)
  const start = () => startEmbeddedPostgres({ dataFolder: join(folder, 'postgres') })
  let cluster = await start()
  const database = await openDatabase({ ownerUrl: cluster.ownerUrl, appPassword: 'for-this-test' })
  try {
    const { tenant, id } = await seedProvider(database)
    const customers = () => database.forTenant(tenant, (tx) => tx.customer.count())

    const cutInPrisma = database.forTenant(tenant, async (tx) => {
      await seedCustomer(tx, { id })
      await cluster.stop()
      return tx.customer.count()
    })
    await expect(cutInPrisma).rejects.toMatchObject({ code: 'database_unreachable' })
    await expect(customers()).rejects.toMatchObject({ code: 'database_unreachable' })
    await expect(database.forTenantSql(tenant, (sql) => sql.query('SELECT 1'))).rejects.toMatchObject({
      code: 'database_unreachable',
    })
    await expect(database.directory.portalProvider()).rejects.toMatchObject({ code: 'database_unreachable' })

    cluster = await start()
    expect(await customers()).toBe(0)
    const cutInSql = database.forTenantSql(tenant, async (sql) => {
      await sql.query('SELECT 1')
      await cluster.stop()
      return sql.query('SELECT 1')
    })
    await expect(cutInSql).rejects.toMatchObject({ code: 'database_unreachable' })

    cluster = await start()
    expect(await database.directory.portalProvider()).toMatchObject({ id })
  } finally {
    await database.close()
    await cluster.stop()
    await rm(folder, { recursive: true })
  }
})

it('says that it is busy when no connection comes free', async () => {
  const test = await startTestDatabase({ poolSize: 1, waitMsMax: 300 })
  try {
    const { tenant } = await seedProvider(test.database)
    const { promise: untilToldOff, resolve: letGo } = Promise.withResolvers<void>()
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
    const holder = test.database.forTenantSql(tenant, async (sql) => {
      await sql.query('SELECT 1')
      begin()
      await untilToldOff
    })
    await begun
    const others = Promise.allSettled([
      test.database.forTenant(tenant, (tx) => tx.customer.count()),
      test.database.forTenantSql(tenant, (sql) => sql.query('SELECT 1')),
      test.database.directory.portalProvider(),
    ])
    for (const outcome of await others)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'database_busy' } })
    letGo()
    await holder
  } finally {
    await test.stop()
  }
})
