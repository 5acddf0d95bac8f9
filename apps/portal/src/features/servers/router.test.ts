import { decodeJoinToken, encodeJoinToken, KEY_STRETCHING } from '@holdfast/protocol'
import * as opaque from '@serenity-kit/opaque'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Caller,
  codeOf,
  expectStrangersUnknown,
  problemOf,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'
import { registerPassword } from './register-password.ts'

const PASSWORD = 'correct-horse-battery-staple'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

/** As a page does it. Also gives everything that left the browser. */
async function register(caller: Caller, siteId: string, name: string, password = PASSWORD) {
  const sent: unknown[] = []
  const server = await registerPassword(password, {
    begin: (registrationRequest) => {
      const input = { siteId, name, registrationRequest }
      sent.push(input)
      return caller.servers.beginRegistration(input)
    },
    finish: (registrationRecord, { serverId }) => {
      const input = { serverId, siteId, name, registrationRecord }
      sent.push(input)
      return caller.servers.register(input)
    },
  })
  return { ...server, sent }
}

/** Whether an agent with this password would get in: OPAQUE's login over the record that the row holds. */
async function opens(serverId: string, password: string): Promise<boolean> {
  const row = await portal.rows((tx) => tx.server.findUniqueOrThrow({ where: { id: serverId } }))
  const { clientLoginState, startLoginRequest } = opaque.client.startLogin({ password })
  const { loginResponse, serverLoginState } = opaque.server.startLogin({
    serverSetup: portal.portal.opaqueServerSetup,
    userIdentifier: serverId,
    registrationRecord: row.opaqueRecord,
    startLoginRequest,
  })
  const login = opaque.client.finishLogin({
    password,
    clientLoginState,
    loginResponse,
    keyStretching: KEY_STRETCHING,
  })
  if (!login) return false
  const { finishLoginRequest, sessionKey } = login
  return opaque.server.finishLogin({ finishLoginRequest, serverLoginState }).sessionKey === sessionKey
}

describe('registering a server', () => {
  test('lets the agent in by its password, which the portal never saw', async () => {
    const { serverId, fullName, sent } = await register(portal.technician, portal.acme.site.id, 'fileserver')
    expect(fullName).toBe('acme/fileserver')
    expect(JSON.stringify(sent)).not.toContain(PASSWORD)
    expect(await opens(serverId, PASSWORD)).toBe(true)
    expect(await opens(serverId, `${PASSWORD}!`)).toBe(false)

    const { items } = await portal.acmeViewer.managementLog.list({ serverId })
    expect(items).toMatchObject([{ code: 'server_added', subject: 'acme/fileserver' }])
    expect(await portal.acmeViewer.servers.get({ serverId })).toMatchObject({
      fullName: 'acme/fileserver',
      health: { health: 'never_ran', reason: 'never_connected' },
      link: { online: false, offlineCode: 'never_connected' },
      machine: null,
      plans: [],
    })
  })

  test('gives all that a join token needs', async () => {
    const { serverId } = await register(portal.owner, portal.acme.site.id, 'joiner')
    const facts = await portal.owner.servers.joinFacts({ serverId })
    expect(decodeJoinToken(encodeJoinToken({ ...facts, password: PASSWORD }))).toEqual({
      addresses: ['portal.example:16888'],
      name: { customer: 'acme', server: 'joiner' },
      password: PASSWORD,
      certificate: 'ab'.repeat(32),
    })
  })

  test('refuses a name that the customer has already, before and after the password was made', async () => {
    const site = portal.globex.site.id
    await register(portal.owner, site, 'twin')
    const early = await problemOf(register(portal.owner, site, 'TWIN'))
    expect(early).toMatchObject({
      problem: { code: 'server_name_taken' },
      fields: { name: expect.any(Array) },
    })
    const racing = await Promise.allSettled([
      register(portal.owner, site, 'race'),
      register(portal.owner, site, 'race'),
    ])
    expect(racing.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const twins = await portal.rows((tx) => tx.server.count({ where: { siteId: site, name: 'race' } }))
    expect(twins).toBe(1)
  })

  test('refuses a record that nobody could log in with', async () => {
    const { serverId } = await portal.owner.servers.beginRegistration({
      siteId: portal.acme.site.id,
      name: 'broken',
      ...requestOf('x'.repeat(12)),
    })
    const input = {
      serverId,
      siteId: portal.acme.site.id,
      name: 'broken',
      registrationRecord: 'A'.repeat(256),
    }
    expect(await codeOf(portal.owner.servers.register(input))).toBe('registration_unusable')
    const begun = { siteId: portal.acme.site.id, name: 'broken', registrationRequest: 'A'.repeat(43) }
    expect(await codeOf(portal.owner.servers.beginRegistration(begun))).toBe('registration_unusable')
  })

  test('cannot take over a server by its id', async () => {
    const victim = portal.acme.server
    const registrationRecord = await recordFor(victim.id, 'a-password-of-mine')
    const input = { serverId: victim.id, siteId: portal.globex.site.id, name: 'thief', registrationRecord }
    expect(await codeOf(portal.owner.servers.register(input))).toBe('server_name_taken')
    const after = await portal.rows((tx) => tx.server.findUniqueOrThrow({ where: { id: victim.id } }))
    expect(after.opaqueRecord).toBe(victim.opaqueRecord)
  })
})

describe('a new management password', () => {
  test('replaces the old one, cuts the link, and is logged', async () => {
    const { serverId } = await register(portal.owner, portal.acme.site.id, 'changing')
    await portal.rows((tx) =>
      tx.server.update({ where: { id: serverId }, data: { agentKey: 'A'.repeat(43) } }),
    )
    await registerPassword('another-password-now', {
      begin: (registrationRequest) =>
        portal.technician.servers.beginPasswordChange({ serverId, registrationRequest }),
      finish: (registrationRecord) =>
        portal.technician.servers.changePassword({ serverId, registrationRecord }),
    })
    expect(await opens(serverId, PASSWORD)).toBe(false)
    expect(await opens(serverId, 'another-password-now')).toBe(true)
    // Whoever comes with it may sign by a key of his own.
    expect(await portal.rows((tx) => tx.server.findUniqueOrThrow({ where: { id: serverId } }))).toMatchObject(
      {
        agentKey: '',
      },
    )
    expect(portal.agents.cuts).toContainEqual({ serverId, code: 'password_changed' })
    const { items } = await portal.owner.managementLog.list({ serverId, code: 'management_password_set' })
    expect(items).toMatchObject([{ subject: 'acme/changing' }])
  })
})

describe('removing a server', () => {
  test('asks for its whole name, and keeps what the log says of it', async () => {
    const { serverId } = await register(portal.owner, portal.acme.site.id, 'leaving')
    const wrong = portal.owner.servers.remove({ serverId, confirmation: 'leaving' })
    expect(await codeOf(wrong)).toBe('confirmation_differs')
    await portal.owner.servers.remove({ serverId, confirmation: 'acme/leaving' })
    expect(await codeOf(portal.owner.servers.get({ serverId }))).toBe('not_found')
    expect(portal.agents.cuts.some((cut) => cut.serverId === serverId)).toBe(true)
    const { items } = await portal.owner.managementLog.list({ serverId })
    expect(items.map(({ code }) => code)).toEqual(['server_removed', 'server_added'])
  })

  test('takes its plans, runs and commands along', async () => {
    const { server, customer } = portal.globex
    await portal.owner.servers.remove({
      serverId: server.id,
      confirmation: `${customer.handle}/${server.name}`,
    })
    const left = await portal.rows((tx) => tx.run.count({ where: { serverId: server.id } }))
    expect(left).toBe(0)
  })
})

test('the page of a server has its facts, plans, repositories and last runs', async () => {
  const { server, customer, site, plan, repository, run, presence } = portal.acme
  expect(await portal.acmeViewer.servers.get({ serverId: server.id })).toMatchObject({
    customer: { id: customer.id, handle: 'acme' },
    site: { id: site.id, timeZone: 'Europe/Zurich' },
    health: { health: 'protected', lastBackupAt: run.finishedAt },
    link: { online: true, offlineCode: null, lastProofAt: presence.lastProofAt, address: presence.address },
    machine: { hostname: presence.hostname, agentVersion: '0.1.0', clockSkewMs: 0 },
    plans: [{ id: plan.id, revision: 1, sources: plan.sources }],
    repositories: [{ id: repository.id, state: 'ready', errorCode: null }],
    runs: [{ id: run.id, planName: plan.name, bytesProcessed: Number(run.bytesProcessed) }],
  })
})

test('strangers’ servers and sites are answered like missing ones', async () => {
  const record = await recordFor(portal.strange.server.id, PASSWORD)
  await expectStrangersUnknown(
    portal,
    ({ site }) => site.id,
    (caller, siteId) =>
      caller.servers.beginRegistration({ siteId, name: 'foothold', ...requestOf(PASSWORD) }),
  )
  for (const ask of [
    (caller: Caller, serverId: string) => caller.servers.get({ serverId }),
    (caller: Caller, serverId: string) => caller.servers.joinFacts({ serverId }),
    (caller: Caller, serverId: string) => caller.servers.remove({ serverId, confirmation: 'x' }),
    (caller: Caller, serverId: string) =>
      caller.servers.beginPasswordChange({ serverId, ...requestOf(PASSWORD) }),
    (caller: Caller, serverId: string) =>
      caller.servers.changePassword({ serverId, registrationRecord: record }),
  ])
    await expectStrangersUnknown(portal, ({ server }) => server.id, ask)
})

function requestOf(password: string): { registrationRequest: string } {
  const { registrationRequest } = opaque.client.startRegistration({ password })
  return { registrationRequest }
}

function recordFor(userIdentifier: string, password: string): Promise<string> {
  const { opaqueServerSetup: serverSetup } = portal.portal
  return registerPassword(password, {
    begin: async (registrationRequest) =>
      opaque.server.createRegistrationResponse({ serverSetup, userIdentifier, registrationRequest }),
    finish: async (registrationRecord) => registrationRecord,
  })
}
