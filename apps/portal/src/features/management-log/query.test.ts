/** Asks PostgreSQL how it would read a log of many rows: each usual filter must be read along an index. */
import type { Tenant } from '@holdfast/database'
import {
  type SeededProvider,
  seedCustomer,
  seedProvider,
  seedServer,
  seedSite,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { pageQuery, SEARCHED_MAX, searchEndQuery } from './query.ts'
import { filterInput } from './schema.ts'

const ROWS = 60_000

let testDatabase: TestDatabase
let provider: SeededProvider
let serverId: string
let customerId: string
beforeAll(async () => {
  testDatabase = await startTestDatabase()
  provider = await seedProvider(testDatabase.database)
  const server = await testDatabase.database.forTenant(provider.tenant, async (tx) => {
    for (let n = 0; n < 20; n += 1) await seedServer(tx, await seedSite(tx, await seedCustomer(tx, provider)))
    return seedServer(tx, await seedSite(tx, await seedCustomer(tx, provider)))
  })
  serverId = server.id
  customerId = server.customerId
  await testDatabase.database.forTenantSql(provider.tenant, (sql) =>
    sql.query(
      `WITH place AS (SELECT array_agg(id) AS servers, array_agg(customer_id) AS customers FROM server)
       INSERT INTO management_log (id, provider_id, customer_id, server_id, kind, code, subject, first_at, last_at)
       SELECT gen_random_uuid(), $1, place.customers[1 + n % 21], place.servers[1 + n % 21],
              CASE WHEN n % 5000 = 0 THEN 'change' ELSE 'link' END::management_log_kind,
              CASE WHEN n % 5000 = 0 THEN 'clone_refused' ELSE 'online' END, 'row ' || n, moment, moment
       FROM generate_series(1, ${ROWS}) AS n, place,
            LATERAL (SELECT now() - n * interval '2 minutes' AS moment) AS at`,
      [provider.id],
    ),
  )
  const owner = new pg.Client({ connectionString: testDatabase.ownerUrl })
  await owner.connect()
  await owner.query('ANALYZE')
  await owner.end()
})
afterAll(() => testDatabase.stop())

const now = new Date()
const filterOf = (given: z.input<typeof filterInput>) => filterInput.parse(given)
const page = { after: null, limit: 51, now }

type Plan = { 'Node Type': string; 'Relation Name'?: string; 'Index Name'?: string; Plans?: Plan[] }
const explained = z.array(z.object({ 'QUERY PLAN': z.array(z.object({ Plan: z.custom<Plan>() })) }))

/** By which indexes the log itself is read, and whether all of it is. */
async function readsOf(
  { text, values }: { text: string; values: unknown[] },
  tenant: Tenant = provider.tenant,
) {
  const { rows } = await testDatabase.database.forTenantSql(tenant, (sql) =>
    sql.query({ text: `EXPLAIN (FORMAT JSON) ${text}`, values }),
  )
  const all = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(all)]
  const root = explained.parse(rows)[0]?.['QUERY PLAN'][0]?.Plan
  if (!root) throw new Error('PostgreSQL has explained nothing.')
  const nodes = all(root)
  const isWhole = (node: Plan) =>
    node['Node Type'] === 'Seq Scan' && node['Relation Name'] === 'management_log'
  return {
    indexes: nodes
      .flatMap((node) => node['Index Name'] ?? [])
      .filter((name) => name.startsWith('management_log_')),
    readsAll: nodes.some(isWhole),
  }
}

describe('a page of the log is one read along an index', () => {
  const along = (columns: string) => ({
    indexes: [`management_log_${columns}_last_at_id_idx`],
    readsAll: false,
  })

  test('of everything, and further back', async () => {
    expect(await readsOf(pageQuery(provider.tenant, filterOf({}), page))).toEqual(along('provider_id'))
    const after = { at: new Date(now.getTime() - 86_400_000), id: uuidv7() }
    const older = pageQuery(provider.tenant, filterOf({}), { ...page, after })
    expect(await readsOf(older)).toEqual(along('provider_id'))
  })

  test('by server, by customer, by code and by kind', async () => {
    const by = (given: z.input<typeof filterInput>) =>
      readsOf(pageQuery(provider.tenant, filterOf(given), page))
    expect(await by({ serverId })).toEqual(along('server_id'))
    expect(await by({ customerId })).toEqual(along('customer_id'))
    expect(await by({ code: 'clone_refused' })).toEqual(along('provider_id_code'))
    expect(await by({ kinds: ['change'] })).toEqual({
      indexes: ['management_log_changes_idx'],
      readsAll: false,
    })
  })

  test('by time, alone and together with others', async () => {
    const from = new Date(now.getTime() - 30 * 86_400_000)
    const to = new Date(now.getTime() - 29 * 86_400_000)
    const by = (given: z.input<typeof filterInput>) =>
      readsOf(pageQuery(provider.tenant, filterOf(given), page))
    expect(await by({ within: '24h' })).toEqual(along('provider_id'))
    expect(await by({ from, to })).toEqual(along('provider_id'))
    expect(await by({ serverId, from, to })).toEqual(along('server_id'))
  })

  test('for a customer’s person, who is pinned to one customer', async () => {
    const tenant = { providerId: provider.id, customerId }
    expect(await readsOf(pageQuery(tenant, filterOf({}), page), tenant)).toEqual(along('customer_id'))
  })

  test('for words looks through so many of them, and no more', async () => {
    const filter = filterOf({ text: 'no such words' })
    const { rows } = await testDatabase.database.forTenantSql(provider.tenant, (sql) =>
      sql.query<{ at: Date; id: string }>(searchEndQuery(provider.tenant, filter, null, now)),
    )
    const from = z.object({ at: z.date(), id: z.uuid() }).parse(rows[0])
    const looked = await testDatabase.database.forTenant(provider.tenant, (tx) =>
      tx.managementLogEntry.count({ where: { lastAt: { gte: from.at } } }),
    )
    expect(looked).toBe(SEARCHED_MAX)
    const narrow = filterOf({ text: 'no such words', serverId })
    expect(await readsOf(pageQuery(provider.tenant, narrow, page))).toEqual(along('server_id'))
  })
})
