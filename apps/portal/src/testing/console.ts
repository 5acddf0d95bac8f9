/**
 * A console without a browser: a real database with two customers and another provider beside them, and somebody of each
 * role who is signed in and may call procedures.
 *
 *   Bill's IT Service   owner, technician
 *     ├─ acme           admin, viewer      site, server, repository, plan, run, command
 *     └─ globex                            the same
 *   A stranger                             the same
 */
import { generateKeyPairSync } from 'node:crypto'
import type { Tenant, TenantClient } from '@holdfast/database'
import {
  type SeededProvider,
  seedCommand,
  seedCustomer,
  seedPlan,
  seedPresence,
  seedProvider,
  seedRepository,
  seedRun,
  seedServer,
  seedSite,
  seedStrangeProvider,
  seedUser,
  startTestDatabase,
} from '@holdfast/database/seed'
import * as opaque from '@serenity-kit/opaque'
import { TRPCError } from '@trpc/server'
import { expect } from 'vitest'
import type { Role } from '#auth/rights.ts'
import { findSession, startSession } from '#auth/sessions.ts'
import { Downloads } from '#downloads/downloads.ts'
import { Knocks } from '#gateway/knocks.ts'
import { LiveBus } from '#live/bus.ts'
import type { LiveEvent } from '#live/events.ts'
import type { PortalRuntime } from '#runtime.ts'
import { readSettings } from '#settings.ts'
import type { Context } from '#trpc/context.ts'
import { describeError } from '#trpc/describe-error.ts'
import type { ErrorData } from '#trpc/errors.ts'
import { appRouter } from '#trpc/root.ts'
import { portalSelf } from './portal-self.ts'
import { RecordedAgents } from './recorded-agents.ts'

export type Caller = ReturnType<typeof appRouter.createCaller>
export type Branch = Awaited<ReturnType<typeof seedBranch>>
export type TestConsole = Awaited<ReturnType<typeof startTestConsole>>

export async function startTestConsole() {
  const { database, ownerUrl, stop } = await startTestDatabase()
  const provider = await seedProvider(database)
  const stranger = await seedStrangeProvider(ownerUrl)
  const inside = <T>(tenant: Tenant, work: (tx: TenantClient) => Promise<T>) =>
    database.forTenant(tenant, work)

  await opaque.ready
  const agents = new RecordedAgents()
  const knocks = new Knocks()
  const live = new LiveBus()
  const events: LiveEvent[] = []
  live.subscribe((event) => events.push(event))
  const portal: PortalRuntime = {
    settings: readSettings({}),
    database,
    agents,
    downloads: new Downloads({ linkFor: () => null }),
    live,
    gateway: { addresses: ['portal.example:16888'], certificateSha256: 'ab'.repeat(32) },
    self: portalSelf(knocks),
    opaqueServerSetup: opaque.server.createSetup(),
    vaultKey: generateKeyPairSync('ed25519').privateKey,
  }

  const acme = await inside(provider.tenant, (tx) => seedBranch(tx, provider, 'acme'))
  const globex = await inside(provider.tenant, (tx) => seedBranch(tx, provider, 'globex'))
  const strange = await inside(stranger.tenant, (tx) => seedBranch(tx, stranger, 'strange'))

  const contextFor = async (role: Role, customerId: string | null): Promise<Context> => {
    const { id: userId, name } = await inside(provider.tenant, (tx) =>
      seedUser(tx, { providerId: provider.id, customerId }, { role }),
    )
    const person = { userId, name, providerId: provider.id, customerId }
    const claim = await startSession(database, person, { address: '192.0.2.1', userAgent: 'a test' })
    const session = await findSession(database, claim)
    return { ...nobody, session }
  }
  const nobody: Context = { portal, session: null, fromOwnPage: true, answerHeaders: null }
  const contexts = {
    nobody,
    owner: await contextFor('owner', null),
    technician: await contextFor('technician', null),
    acmeAdmin: await contextFor('customer_admin', acme.customer.id),
    acmeViewer: await contextFor('customer_viewer', acme.customer.id),
  }

  return {
    portal,
    agents,
    knocks,
    /** Everything that the live console was told so far. */
    events,
    provider,
    acme,
    globex,
    strange,
    contexts,
    owner: appRouter.createCaller(contexts.owner),
    technician: appRouter.createCaller(contexts.technician),
    acmeAdmin: appRouter.createCaller(contexts.acmeAdmin),
    acmeViewer: appRouter.createCaller(contexts.acmeViewer),
    nobody: appRouter.createCaller(nobody),
    /** Rows as the provider sees them. */
    rows: <T>(work: (tx: TenantClient) => Promise<T>) => inside(provider.tenant, work),
    stop,
  }
}

/** A customer with one of everything. Its server is online and protected. */
async function seedBranch(tx: TenantClient, provider: SeededProvider, handle: string) {
  const customer = await seedCustomer(tx, provider, { name: handle, handle })
  const site = await seedSite(tx, customer)
  const server = await seedServer(tx, site)
  const presence = await seedPresence(tx, server)
  const repository = await seedRepository(tx, server)
  const plan = await seedPlan(tx, repository)
  const command = await seedCommand(tx, server, { id: provider.ownerId, name: 'Bill Stone' })
  const run = await seedRun(tx, plan, { commandId: command.id })
  return { customer, site, server, presence, repository, plan, command, run }
}

/** What a browser would have been told instead of a result. */
export async function problemOf(answer: Promise<unknown>): Promise<ErrorData> {
  try {
    await answer
  } catch (error) {
    if (error instanceof TRPCError) return describeError(error)
    throw error
  }
  throw new Error('There was a result, and a problem was expected.')
}

/** The code alone. */
export async function codeOf(answer: Promise<unknown>): Promise<string> {
  return (await problemOf(answer)).problem.code
}

/**
 * Asks with ids that exist for other people: another customer's, as a customer's person, and another provider's, as the
 * owner. Each answer must be the one that an id gets which nobody has.
 */
export async function expectStrangersUnknown(
  console: TestConsole,
  idOf: (branch: Branch) => string,
  ask: (caller: Caller, id: string) => Promise<unknown>,
): Promise<void> {
  const missing = '01930000-0000-7000-8000-000000000000'
  const expected = { problem: { code: 'not_found' }, refusal: null, fields: {} }
  const asked = [
    [console.owner, console.strange],
    [console.acmeAdmin, console.globex],
    [console.acmeAdmin, console.strange],
  ] as const
  for (const [caller, branch] of asked) {
    const ofMissing = await problemOf(ask(caller, missing))
    const ofStranger = await problemOf(ask(caller, idOf(branch)))
    expect(ofStranger).toEqual(ofMissing)
    if (caller === console.owner) expect(ofStranger).toMatchObject(expected)
  }
}
