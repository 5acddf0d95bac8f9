/**
 * Tenants are kept apart by the database, and this is the proof. The list of tables is asked of the database itself, so
 * a table that is new is tested, or fails here until it has its row-level security and a builder of rows.
 *
 * Two providers are filled, each with two customers and at least one row in every table. Then the application role
 * looks: without a tenant, as another provider, as another customer. Writing is tried by a role that was granted
 * everything, so that what stops it is the policy and not a missing grant.
 */
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { appUrl } from './app-role.ts'
import type { Database } from './client.ts'
import { codeOf, wordsOf } from './errors.ts'
import {
  type SeededProvider,
  seedCommand,
  seedCondition,
  seedCustomer,
  seedDrill,
  seedLogEntry,
  seedPlan,
  seedPlanTemplate,
  seedPresence,
  seedProvider,
  seedRecoveryKey,
  seedReportCursor,
  seedRepository,
  seedRepositoryReader,
  seedRestore,
  seedRun,
  seedSealedKey,
  seedServer,
  seedServerCopy,
  seedSession,
  seedSite,
  seedStrangeProvider,
  seedTemplateApplication,
  seedUser,
  seedVault,
  seedVaultUse,
  startTestDatabase,
} from './seed/index.ts'
import type { Tenant } from './tenant.ts'

/** Tables that belong to no tenant, each with its reason. The application must have no right to them at all. */
const UNTENANTED: Readonly<Record<string, string>> = {
  _prisma_migrations: 'the books of the migrations, for the owner only',
}

/** The two tables that are tenants themselves: their own id is what other tables carry. */
const PROVIDER_COLUMN: Readonly<Record<string, string>> = { provider: 'id' }
const CUSTOMER_COLUMN: Readonly<Record<string, string>> = { customer: 'id' }

type Table = {
  readonly name: string
  readonly kind: string
  readonly owner: string
  readonly secured: boolean
  readonly forced: boolean
  readonly columns: string[]
}

const test = await startTestDatabase()
const owner = new pg.Client(test.ownerUrl)
await owner.connect()
const app = new pg.Client(appUrl(test.ownerUrl, test.appPassword))
await app.connect()
const writer = await connectAsWriterWithEveryGrant()
afterAll(async () => {
  await Promise.all([owner.end(), app.end(), writer.end()])
  await test.stop()
})

const ours = await fill(test.database, await seedProvider(test.database))
const theirs = await fill(test.database, await seedStrangeProvider(test.ownerUrl))

const tables = await tablesOf(owner)
const tenantTables = tables.filter(({ name }) => !(name in UNTENANTED))

describe.each(tenantTables)('table $name', (table) => {
  const providerColumn = PROVIDER_COLUMN[table.name] ?? 'provider_id'
  const customerColumn =
    CUSTOMER_COLUMN[table.name] ?? (table.columns.includes('customer_id') ? 'customer_id' : null)
  const sameTenant = (tenant: Tenant) =>
    tenant.customerId !== null && customerColumn
      ? `${providerColumn} = '${tenant.providerId}' AND ${customerColumn} = '${tenant.customerId}'`
      : `${providerColumn} = '${tenant.providerId}'`

  it('has row-level security, forced, and an owner that is not the application', () => {
    expect(problemsOf(table)).toEqual([])
  })

  it('holds a seeded row of each tenant', async () => {
    for (const tenant of [ours.provider, ours.one, ours.other, theirs.provider, theirs.one])
      expect(
        await count(owner, table, sameTenant(tenant)),
        `add a builder for ${table.name} to seed/ and to fill()`,
      ).toBeGreaterThan(0)
  })

  it('shows the application no row without a tenant', async () => {
    expect(await count(app, table)).toBe(0)
  })

  it('shows no row without a tenant on a connection that had one before', async () => {
    expect(await within(app, ours.provider, () => count(app, table))).toBeGreaterThan(0)
    expect(await count(app, table)).toBe(0)
  })

  it('shows a provider all of its own rows and nothing else', async () => {
    const seen = await within(app, ours.provider, () => count(app, table))
    expect(seen).toBe(await count(owner, table, sameTenant(ours.provider)))
    expect(await within(app, ours.provider, () => count(app, table, sameTenant(theirs.provider)))).toBe(0)
  })

  it('shows a customer its own rows and nothing else', async () => {
    const seen = await within(app, ours.one, () => count(app, table))
    // A table of the provider alone is none of a customer's business.
    const isOfProviderAlone = customerColumn === null && !(table.name in PROVIDER_COLUMN)
    expect(seen).toBe(isOfProviderAlone ? 0 : await count(owner, table, sameTenant(ours.one)))
    if (customerColumn)
      expect(await within(app, ours.one, () => count(app, table, sameTenant(ours.other)))).toBe(0)
  })

  it('shows nothing to a customer that claims another provider', async () => {
    const forged = { providerId: theirs.provider.providerId, customerId: ours.one.customerId }
    if (customerColumn) expect(await within(app, forged, () => count(app, table))).toBe(0)
    expect(await within(app, forged, () => count(app, table, sameTenant(ours.provider)))).toBe(0)
  })

  const strangers: [string, Tenant, Tenant][] = [
    ['another provider', theirs.provider, ours.provider],
    ...(customerColumn ? [['another customer', ours.other, ours.one] as [string, Tenant, Tenant]] : []),
  ]
  describe.each(strangers)('as %s', (_, stranger, victim) => {
    it('inserts nothing for the victim', async () => {
      const row = await aRow(table, sameTenant(victim))
      const insert = `INSERT INTO ${table.name} SELECT * FROM jsonb_populate_record(NULL::${table.name}, $1)`
      await expectPolicyViolation(within(writer, stranger, () => writer.query(insert, [row])))
    })

    it('changes and removes no row of the victim', async () => {
      const touched = `${providerColumn} = ${providerColumn}`
      const update = `UPDATE ${table.name} SET ${touched} WHERE ${sameTenant(victim)}`
      const remove = `DELETE FROM ${table.name} WHERE ${sameTenant(victim)}`
      expect((await within(writer, stranger, () => writer.query(update))).rowCount).toBe(0)
      expect((await within(writer, stranger, () => writer.query(remove))).rowCount).toBe(0)
    })

    it('moves no row of its own to the victim', async () => {
      const column = victim.customerId === null ? providerColumn : (customerColumn ?? providerColumn)
      const target = victim.customerId ?? victim.providerId
      const move = () => writer.query(`UPDATE ${table.name} SET ${column} = $1`, [target])
      await expectPolicyViolation(within(writer, stranger, move), { orNoRow: true })
    })
  })
})

describe('the whole', () => {
  it('gives the application no right to a table without a tenant', async () => {
    for (const name of Object.keys(UNTENANTED))
      await expect(app.query(`SELECT FROM ${name}`)).rejects.toMatchObject({ code: '42501' })
  })

  it('notices a table, a view and a policy that were forgotten', async () => {
    const planted = new pg.Client(test.ownerUrl)
    await planted.connect()
    try {
      await planted.query('BEGIN')
      await planted.query('CREATE TABLE forgotten (id uuid, provider_id uuid)')
      await planted.query('CREATE TABLE half_done (id uuid, provider_id uuid)')
      await planted.query('ALTER TABLE half_done ENABLE ROW LEVEL SECURITY')
      await planted.query('CREATE TABLE handed_over (id uuid, provider_id uuid)')
      await planted.query("SELECT tenant_table('handed_over', 'SELECT')")
      await planted.query('GRANT CREATE ON SCHEMA public TO holdfast_app')
      await planted.query('ALTER TABLE handed_over OWNER TO holdfast_app')
      await planted.query('CREATE VIEW every_server AS SELECT * FROM server')
      const found = (await tablesOf(planted)).flatMap((table) =>
        table.name in UNTENANTED ? [] : problemsOf(table).map((problem) => `${table.name}: ${problem}`),
      )
      expect(found).toEqual([
        'every_server: a view reads with the rights of its owner',
        'forgotten: no row-level security',
        'forgotten: row-level security is not forced',
        'half_done: row-level security is not forced',
        'handed_over: owned by the application',
      ])
    } finally {
      await planted.query('ROLLBACK')
      await planted.end()
    }
  })

  it('keeps the provider and the list of customers out of the hands of a customer', async () => {
    for (const statement of [
      "UPDATE provider SET name = 'mine'",
      "UPDATE customer SET name = 'mine'",
      'DELETE FROM customer',
    ])
      expect((await within(writer, ours.one, () => writer.query(statement))).rowCount).toBe(0)
    const insert = within(writer, ours.one, () =>
      writer.query(
        "INSERT INTO customer (id, provider_id, name, handle) VALUES (gen_random_uuid(), $1, 'x', 'x')",
        [ours.provider.providerId],
      ),
    )
    await expectPolicyViolation(insert)
  })

  it("never lets a customer's person stand at provider level", async () => {
    const promote = (change: string) =>
      within(writer, ours.provider, () =>
        writer.query(`UPDATE user_account SET ${change} WHERE customer_id = $1`, [ours.one.customerId]),
      )
    await expect(promote('customer_id = NULL')).rejects.toMatchObject({ constraint: 'user_role_fits_level' })
    await expect(promote("role = 'owner'")).rejects.toMatchObject({ constraint: 'user_role_fits_level' })
  })

  it('adds to the log and counts repeats, but rewrites and removes nothing', async () => {
    const allowed = await within(app, ours.provider, () =>
      app.query('UPDATE management_log SET count = count + 1, last_at = now()'),
    )
    expect(allowed.rowCount).toBeGreaterThan(0)
    for (const statement of ["UPDATE management_log SET detail = ''", 'DELETE FROM management_log'])
      await expect(within(app, ours.provider, () => app.query(statement))).rejects.toMatchObject({
        code: '42501',
      })
  })

  it('lets the application become nobody else and switch nothing off', async () => {
    const { rows: roles } = await owner.query<{ name: string }>(
      "SELECT quote_ident(rolname) AS name FROM pg_roles WHERE rolname <> 'holdfast_app'",
    )
    expect(roles.map(({ name }) => name)).toContain('holdfast_directory')
    for (const { name } of roles)
      await expect(app.query(`SET ROLE ${name}`), name).rejects.toMatchObject({ code: '42501' })
    for (const statement of [
      'ALTER TABLE server DISABLE ROW LEVEL SECURITY',
      'DROP POLICY own_tenant ON server',
      'ALTER ROLE holdfast_app BYPASSRLS',
      'CREATE TABLE mine (id int)',
      "SELECT tenant_table('server', 'SELECT')",
      'TRUNCATE server',
    ])
      await expect(app.query(statement), statement).rejects.toMatchObject({ code: '42501' })
    await expect(
      within(app, ours.one, async () => {
        await app.query('SET LOCAL row_security = off')
        await app.query('SELECT FROM server')
      }),
    ).rejects.toMatchObject({ code: '42501' })
  })

  it('lets the directory read no more than the columns it answers with, through functions only', async () => {
    const { rows } = await owner.query<{
      name: string
      owner: string
      settings: string[] | null
      open: boolean
    }>(
      `SELECT proname AS name, rolname AS owner, proconfig AS settings, has_function_privilege('public', p.oid, 'EXECUTE') AS open
       FROM pg_proc p JOIN pg_roles r ON r.oid = proowner
       WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY proname`,
    )
    expect(rows.map(({ name }) => name)).toEqual([
      'directory_create_first_provider',
      'directory_find_servers_for_link',
      'directory_find_session',
      'directory_find_sign_in',
      'directory_portal_provider',
      'directory_prune_log',
    ])
    for (const lookup of rows)
      expect(lookup).toMatchObject({
        owner: 'holdfast_directory',
        settings: ['search_path=pg_catalog, pg_temp'],
        open: false,
      })
    const { rows: wide } = await owner.query(
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
       AND has_table_privilege('holdfast_directory', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')`,
    )
    // Of which it may take away what is older than a month.
    expect(wide).toEqual([{ relname: 'management_log' }])
  })
})

/** What keeps a table from being safe; empty when nothing does. */
function problemsOf(table: Table): string[] {
  if (table.kind !== 'r' && table.kind !== 'p') return ['a view reads with the rights of its owner']
  return [
    ...(table.secured ? [] : ['no row-level security']),
    ...(table.forced ? [] : ['row-level security is not forced']),
    ...(table.owner === 'holdfast_app' ? ['owned by the application'] : []),
  ]
}

/** Everything that rows can be read from. */
async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `SELECT c.oid::regclass::text AS name, c.relkind AS kind, r.rolname AS owner,
            c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
            ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles r ON r.oid = c.relowner
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND n.nspname NOT LIKE 'pg_toast%' AND n.nspname NOT LIKE 'pg_temp%'
     ORDER BY 1`,
  )
  return rows
}

async function count(client: pg.Client, table: Table, where = 'true'): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${table.name} WHERE ${where}`,
  )
  return rows[0]?.n ?? Number.NaN
}

async function aRow(table: Table, where: string): Promise<unknown> {
  const { rows } = await owner.query(`SELECT to_jsonb(t) AS row FROM ${table.name} t WHERE ${where} LIMIT 1`)
  return rows[0]?.row
}

/** Does it within a tenant's transaction, and leaves nothing behind. */
async function within<T>(client: pg.Client, tenant: Tenant, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    await client.query(
      "SELECT set_config('holdfast.provider_id', $1, true), set_config('holdfast.customer_id', $2, true)",
      [tenant.providerId, tenant.customerId ?? ''],
    )
    return await work()
  } finally {
    await client.query('ROLLBACK')
  }
}

async function expectPolicyViolation(
  attempt: Promise<pg.QueryResult>,
  { orNoRow } = { orNoRow: false },
): Promise<void> {
  const outcome = await attempt.then(
    (result) => ({ code: '', words: '', touched: result.rowCount }),
    (error: unknown) => ({ code: codeOf(error), words: wordsOf(error), touched: 0 }),
  )
  if (orNoRow && outcome.code === '') return expect(outcome.touched).toBe(0)
  expect(outcome).toMatchObject({ code: '42501', words: expect.stringContaining('row-level security') })
}

async function connectAsWriterWithEveryGrant(): Promise<pg.Client> {
  const name = `writer_${process.pid}`
  await owner.query(`CREATE ROLE ${name} LOGIN PASSWORD '${test.appPassword}'`)
  await owner.query(`GRANT ALL ON ALL TABLES IN SCHEMA public TO ${name}`)
  const client = new pg.Client(
    Object.assign(new URL(test.ownerUrl), { username: name, password: test.appPassword }).href,
  )
  await client.connect()
  return client
}

/** Two customers, each with a row in every table that knows customers, and the provider's own rows beside them. */
async function fill(database: Database, provider: SeededProvider) {
  const [one, other] = await database.forTenant(provider.tenant, async (tx) => {
    const technician = await seedUser(tx, provider.tenant)
    await seedSession(tx, technician)
    const vault = await seedVault(tx, provider)
    await seedTemplateApplication(tx, await seedPlanTemplate(tx, provider.tenant))
    const tenants: Tenant[] = []
    for (let made = 0; made < 2; made += 1) {
      const customer = await seedCustomer(tx, provider)
      const tenant = { providerId: provider.id, customerId: customer.id }
      await seedSession(tx, await seedUser(tx, tenant))
      const server = await seedServer(tx, await seedSite(tx, customer))
      await seedPresence(tx, server)
      await seedServerCopy(tx, server)
      await seedCondition(tx, server)
      const repository = await seedRepository(tx, server)
      await seedVaultUse(tx, vault, repository)
      await seedRecoveryKey(tx, customer)
      await seedSealedKey(tx, repository)
      const template = await seedPlanTemplate(tx, tenant)
      await seedTemplateApplication(tx, template)
      const plan = await seedPlan(tx, repository, { templateId: template.id, templateRevision: 1 })
      await seedRun(tx, plan)
      await seedDrill(tx, plan)
      await seedRepositoryReader(tx, await seedServer(tx, await seedSite(tx, customer)), repository)
      await seedRestore(tx, await seedCommand(tx, server, technician), server)
      await seedReportCursor(tx, server)
      await seedLogEntry(tx, server)
      tenants.push(tenant)
    }
    return tenants
  })
  if (!one || !other) throw new Error('two customers were to be made')
  const provided: Tenant = provider.tenant
  return { provider: provided, one, other }
}
