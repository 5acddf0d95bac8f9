/**
 * Managed PostgreSQL gives its customers no superuser: they own a database and may create roles. That must do, on a
 * cluster that has never seen us.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../client.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/index.ts'
import { seedCustomer, seedProvider } from '../seed/index.ts'

const PASSWORD = 'for-everybody-here'

let folder: string
let cluster: EmbeddedPostgres
let admin: pg.Client
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-managed-'))
  await chmod(folder, 0o711)
  cluster = await startEmbeddedPostgres({ dataFolder: join(folder, 'postgres'), durability: 'none' })
  admin = new pg.Client(cluster.ownerUrl)
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await cluster.stop()
  await rm(folder, { recursive: true })
})

it('names what the owner lacks who may not create roles', async () => {
  const ownerUrl = await databaseOwnedBy('modest', 'NOCREATEROLE')
  await expect(openDatabase({ ownerUrl, appPassword: PASSWORD })).rejects.toMatchObject({
    code: 'owner_lacks_rights',
    todo: expect.stringContaining('CREATEROLE'),
  })
})

it('needs no superuser, and binds the owner himself by row-level security', async () => {
  const ownerUrl = await databaseOwnedBy('managed', 'CREATEROLE')
  const database = await openDatabase({ ownerUrl, appPassword: PASSWORD })
  try {
    const provider = await seedProvider(database)
    await database.forTenant(provider.tenant, (tx) => seedCustomer(tx, provider, { handle: 'acme' }))
    expect(await database.directory.portalProvider()).toMatchObject({ id: provider.id })
    expect(await database.directory.findSignIn('bill@example.com')).toMatchObject({
      userId: provider.ownerId,
    })
    expect(await database.directory.findServersForLink([{ customer: 'acme', server: 'x' }])).toMatchObject([
      { found: 'customer_only' },
    ])
  } finally {
    await database.close()
  }
  await (await openDatabase({ ownerUrl, appPassword: `${PASSWORD}-changed` })).close()

  const owner = new pg.Client(ownerUrl)
  await owner.connect()
  try {
    expect((await owner.query('SELECT FROM customer')).rowCount).toBe(0)
    const { rows } = await owner.query(
      `SELECT rolsuper OR rolbypassrls AS mighty,
              has_schema_privilege('holdfast_directory', 'public', 'CREATE') AS "directoryMakesTables",
              pg_has_role('holdfast_directory', 'SET') AS "becomesDirectory"
       FROM pg_roles WHERE rolname = current_user`,
    )
    expect(rows).toEqual([{ mighty: false, directoryMakesTables: false, becomesDirectory: false }])
  } finally {
    await owner.end()
  }
})

it('prepares a second database of the same owner beside the first', async () => {
  await admin.query('CREATE DATABASE second OWNER managed')
  const ownerUrl = Object.assign(new URL(await urlOf('managed')), { pathname: '/second' }).href
  const database = await openDatabase({ ownerUrl, appPassword: PASSWORD })
  try {
    expect(await database.directory.portalProvider()).toBeNull()
  } finally {
    await database.close()
  }
})

async function databaseOwnedBy(name: string, right: string): Promise<string> {
  await admin.query(`CREATE ROLE ${name} LOGIN ${right} PASSWORD '${PASSWORD}'`)
  await admin.query(`CREATE DATABASE ${name} OWNER ${name}`)
  return urlOf(name)
}

function urlOf(name: string): string {
  const parts = { username: name, password: PASSWORD, pathname: `/${name}` }
  return Object.assign(new URL(cluster.ownerUrl), parts).href
}
