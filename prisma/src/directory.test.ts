/** The lookups that come before a tenant is known: they answer what they are for, and nothing for what has ended. */
import { v4 as uuidv4 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from './client.ts'
import {
  NO_RECORD,
  type SeededProvider,
  seedCustomer,
  seedLogEntry,
  seedPresence,
  seedProvider,
  seedServer,
  seedSession,
  seedSite,
  seedUser,
  startTestDatabase,
  type TestDatabase,
} from './seed/index.ts'

let test: TestDatabase
let database: Database
let provider: SeededProvider
beforeAll(async () => {
  test = await startTestDatabase()
  database = test.database
})
afterAll(() => test.stop())

describe('the first provider', () => {
  const first = {
    providerName: 'North IT',
    ownerName: 'Nora',
    email: 'Nora@Example.com',
    passwordHash: 'hash',
  }

  it('is nobody at first', async () => {
    expect(await database.directory.portalProvider()).toBeNull()
  })

  it('is made once, however many ask at the same time', async () => {
    const attempts = await Promise.allSettled(
      Array.from({ length: 8 }, (_, who) =>
        database.directory.createFirstProvider({ ...first, email: `nora${who}@example.com` }),
      ),
    )
    const made = attempts.filter((attempt) => attempt.status === 'fulfilled')
    const refused = attempts.filter((attempt) => attempt.status === 'rejected')
    expect(made).toHaveLength(1)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: 'already_set_up' })
    const { providerId, userId } = made[0]?.value ?? { providerId: '', userId: '' }
    provider = { id: providerId, ownerId: userId, tenant: { providerId, customerId: null } }
  })

  it('is then there for good', async () => {
    expect(await database.directory.portalProvider()).toEqual({ id: provider.id, name: 'North IT' })
    await expect(seedProvider(database)).rejects.toMatchObject({ code: 'already_set_up' })
    const people = await database.forTenant(provider.tenant, (tx) => tx.user.findMany())
    expect(people).toMatchObject([{ id: provider.ownerId, role: 'owner', customerId: null }])
  })
})

describe('signing in', () => {
  it('finds a person in any case of letters, with the tenant', async () => {
    const user = await database.forTenant(provider.tenant, async (tx) => {
      const customer = await seedCustomer(tx, provider)
      const of = { providerId: provider.id, customerId: customer.id }
      return seedUser(tx, of, {
        email: 'vera@example.com',
        name: 'Vera',
        role: 'customer_viewer',
        passwordHash: 'phc',
      })
    })
    expect(await database.directory.findSignIn('VERA@example.COM')).toEqual({
      userId: user.id,
      providerId: provider.id,
      customerId: user.customerId,
      name: 'Vera',
      role: 'customer_viewer',
      passwordHash: 'phc',
    })
  })

  it('finds nobody for an unknown address and nobody who was disabled', async () => {
    await database.forTenant(provider.tenant, (tx) =>
      seedUser(tx, provider.tenant, { email: 'gone@example.com', disabledAt: new Date() }),
    )
    expect(await database.directory.findSignIn('gone@example.com')).toBeNull()
    expect(await database.directory.findSignIn("' OR true --")).toBeNull()
  })

  it('stores one way of writing an address only', async () => {
    const upper = database.forTenant(provider.tenant, (tx) =>
      seedUser(tx, provider.tenant, { email: 'A@example.com' }),
    )
    await expect(upper).rejects.toThrow(/user_email_is_lower_case/)
  })
})

describe('a session', () => {
  const open = (given: { revokedAt?: Date; expiresAt?: Date; disabledAt?: Date } = {}) =>
    database.forTenant(provider.tenant, async (tx) => {
      const { disabledAt, ...session } = given
      const user = await seedUser(tx, provider.tenant, { disabledAt })
      return { user, session: await seedSession(tx, user, session) }
    })

  it('says whose it is', async () => {
    const { user, session } = await open()
    expect(await database.directory.findSession(session.id)).toEqual({
      sessionId: session.id,
      userId: user.id,
      providerId: provider.id,
      customerId: null,
      name: user.name,
      email: user.email,
      role: 'technician',
    })
  })

  it.each([
    ['revoked', { revokedAt: new Date() }],
    ['expired', { expiresAt: new Date(Date.now() - 1) }],
    ['of somebody disabled', { disabledAt: new Date() }],
  ])('is none when it is %s', async (_, given) => {
    const { session } = await open(given)
    expect(await database.directory.findSession(session.id)).toBeNull()
  })

  it('is none when it claims another tenant than its person has', async () => {
    const id = await database.forTenant(provider.tenant, async (tx) => {
      const customer = await seedCustomer(tx, provider)
      const user = await seedUser(tx, { providerId: provider.id, customerId: customer.id })
      return (await seedSession(tx, { ...user, customerId: null })).id
    })
    expect(await database.directory.findSession(id)).toBeNull()
  })

  it('is none when it is unknown or no id at all', async () => {
    expect(await database.directory.findSession(uuidv4())).toBeNull()
    expect(await database.directory.findSession('no-id')).toBeNull()
  })
})

it('finds servers for a link, many at once and in order', async () => {
  const { customer, fresh, linked, presence } = await database.forTenant(provider.tenant, async (tx) => {
    const customer = await seedCustomer(tx, provider, { handle: 'acme' })
    const site = await seedSite(tx, customer)
    const linked = await seedServer(tx, site, { name: 'fileserver' })
    const presence = await seedPresence(tx, linked, { session: Number.MAX_SAFE_INTEGER })
    return {
      customer,
      linked,
      presence,
      fresh: await seedServer(tx, site, { name: 'mail', opaqueRecord: 'record' }),
    }
  })
  const nothing = { found: 'nothing' }
  const customerOnly = { found: 'customer_only', providerId: provider.id, customerId: customer.id }
  const server = { found: 'server', providerId: provider.id, customerId: customer.id }
  const answers = await database.directory.findServersForLink([
    { customer: 'nobody', server: 'fileserver' },
    { customer: 'acme', server: 'mail' },
    { customer: 'acme', server: 'unknown' },
    { customer: 'acme', server: 'fileserver' },
    { customer: 'acme', server: 'mail' },
    { customer: '', server: '"{},\\\'' },
  ])
  const freshAnswer = {
    ...server,
    serverId: fresh.id,
    opaqueRecord: 'record',
    passwordSetAt: fresh.passwordSetAt,
    instance: null,
    session: 0,
  }
  expect(answers).toEqual([
    nothing,
    freshAnswer,
    customerOnly,
    {
      ...server,
      serverId: linked.id,
      opaqueRecord: NO_RECORD,
      passwordSetAt: linked.passwordSetAt,
      instance: presence.instance,
      session: Number.MAX_SAFE_INTEGER,
    },
    freshAnswer,
    nothing,
  ])
  expect(await database.directory.findServersForLink([])).toEqual([])
})

describe('pruning the remote management log', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3_600_000)
  const agesLeft = () =>
    database.forTenant(provider.tenant, async (tx) =>
      (await tx.managementLogEntry.findMany({ orderBy: { lastAt: 'asc' } })).map(({ detail }) => detail),
    )

  it('takes the oldest first, a few at a time, and nothing that is to be kept', async () => {
    await database.forTenant(provider.tenant, async (tx) => {
      const site = await seedSite(tx, await seedCustomer(tx, provider))
      const server = await seedServer(tx, site)
      for (const age of [900, 500, 401, 399, 1])
        await seedLogEntry(tx, server, { lastAt: daysAgo(age), detail: `${age}` })
    })
    expect(await database.directory.pruneLog(2)).toBe(2)
    expect(await agesLeft()).toEqual(['401', '399', '1'])
    expect(await database.directory.pruneLog(2)).toBe(1)
    expect(await database.directory.pruneLog(2)).toBe(0)
    expect(await agesLeft()).toEqual(['399', '1'])
  })

  it('follows the setting of the provider, which cannot be less than a month', async () => {
    const keep = (logRetentionDays: number) =>
      database.forTenant(provider.tenant, (tx) =>
        tx.provider.update({ where: { id: provider.id }, data: { logRetentionDays } }),
      )
    await keep(30)
    await expect(keep(29)).rejects.toThrow()
    expect(await database.directory.pruneLog(100)).toBe(1)
    expect(await agesLeft()).toEqual(['1'])
  })

  it('is all that the application can take away of it', async () => {
    const forget = database.forTenant(provider.tenant, (tx) => tx.managementLogEntry.deleteMany({}))
    await expect(forget).rejects.toThrow()
  })
})
