import { get } from 'node:https'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { portalToAgent, WIRE } from '@holdfast/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { markAllOffline } from '#start/last-time.ts'
import { MACHINE, openSocket, type TestAgent } from './testing/agent.ts'
import { PASSWORD, TestPortal, type TestServer } from './testing/portal.ts'

let portal: TestPortal

beforeAll(async () => {
  portal = await TestPortal.start()
})
afterAll(() => portal.stop())

/** As an agent makes one, of nobody. */
const RECIPIENT = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'

const codes = async (subject: string) =>
  (await portal.logOf(subject)).map(({ kind, code }) => `${kind} ${code}`)

const timesLogged = async (code: string) =>
  (await portal.logOf('')).reduce((times, row) => times + (row.code === code ? row.count : 0), 0)

describe('a server that knows its password', () => {
  let server: TestServer
  let agent: TestAgent
  beforeAll(async () => {
    server = await portal.addServer()
    agent = portal.agent(server)
  })

  test('comes up: presence has the evidence, the log and the console hear of it', async () => {
    const agent = portal.agent(server)
    const link = await agent.dial()
    expect(link.welcome).toMatchObject({ portalName: "Bill's IT Service", appliedThrough: 0 })
    expect(await portal.presenceOf(server)).toMatchObject({
      online: true,
      offlineCode: '',
      instance: agent.instance,
      session: 1n,
      address: '127.0.0.1',
      hostname: 'fs1.acme.test',
      resticVersion: '0.14.0',
      capabilities: expect.arrayContaining(['backup', 'browse']),
      notices: [],
    })
    expect(await codes(server.name)).toEqual(['link online'])
    const { id: serverId, providerId, customerId } = server.row
    expect(portal.events).toContainEqual({ type: 'presence', providerId, customerId, serverId, online: true })
    link.close()
  })

  test('comes in by any port of the gateway, and is the same there as on the first', async () => {
    const server = await portal.addServer()
    const one = portal.agent(server)
    const other = portal.agent(server, { port: portal.otherPort, instance: one.instance })
    const first = await one.dial({ session: 10 })
    const second = await other.dial({ session: 11 })
    await first.ended
    expect(await codes(server.name)).toContain('link superseded')
    expect(await portal.presenceOf(server)).toMatchObject({ online: true, session: 11n })
    expect(await one.refusal({ session: 5 })).toMatchObject({ code: 'session_stale' })
    second.close()
  })

  test('goes down with the reason: stopped in an orderly way, or lost', async () => {
    await expect
      .poll(() => portal.presenceOf(server))
      .toMatchObject({ online: false, offlineCode: 'agent_stopped' })
    const link = await agent.dial()
    link.drop()
    await expect
      .poll(() => portal.presenceOf(server))
      .toMatchObject({ online: false, offlineCode: 'connection_lost' })
    expect(portal.gateway.link(server.row.id)).toBeNull()
  })

  test('shows what changes on its machine, and what the portal noticed stays beside it', async () => {
    const link = await agent.dial({ clockAheadMs: 24 * 3_600_000 })
    expect(await portal.presenceOf(server)).toMatchObject({ online: true, notices: ['clock_skew'] })
    const machine = {
      hostname: 'fs1',
      platform: 'linux x64',
      agentVersion: '0.2.0',
      resticVersion: null,
      notices: ['restic_missing'],
      recipient: RECIPIENT,
      offers: { databases: [{ name: 'shop', kind: 'mysql' }], commands: ['inventory'], hooks: [] },
    }
    link.socket.emit(WIRE.agentToPortal.machine, machine)
    await expect
      .poll(() => portal.presenceOf(server))
      .toMatchObject({
        hostname: 'fs1',
        resticVersion: '',
        notices: ['clock_skew', 'restic_missing'],
        online: true,
        recipient: RECIPIENT,
        offers: JSON.stringify(machine.offers),
      })
    expect(await codes(server.name)).toContain('link clock_skew')
    link.close()
    await link.ended
  })

  test('is known by the key that it showed first', async () => {
    const server = await portal.addServer()
    const keyOf = async () => {
      const where = { id: server.row.id }
      const { tenant } = portal.provider
      return (await portal.testDatabase.database.forTenant(tenant, (tx) => tx.server.findUnique({ where })))
        ?.agentKey
    }
    const [first, second] = ['A'.repeat(43), 'B'.repeat(43)]
    const link = await portal.agent(server).dial({ machine: { ...MACHINE, vaultKey: first } })
    await expect.poll(keyOf).toBe(first)
    link.socket.emit(WIRE.agentToPortal.machine, { ...MACHINE, hostname: 'elsewhere', vaultKey: second })
    await expect.poll(() => portal.presenceOf(server)).toMatchObject({ hostname: 'elsewhere' })
    expect(await keyOf()).toBe(first)
    link.close()
  })

  test('was online when the portal was killed: it is not believed online at the next start', async () => {
    const link = await agent.dial()
    expect(await portal.presenceOf(server)).toMatchObject({ online: true })
    await markAllOffline(portal.testDatabase.database)
    expect(await portal.presenceOf(server)).toMatchObject({ online: false, offlineCode: 'portal_restarted' })
    link.close()
  })
})

describe('who does not get in is told why, and the log knows more than he', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await portal.addServer()
  })

  test('wrong password', async () => {
    const agent = portal.agent(server, { password: 'something else entirely' })
    expect(await agent.refusal()).toEqual({ code: 'name_or_password_wrong' })
    await expect.poll(() => codes(server.name)).toEqual(['attempt wrong_password'])
    expect(await portal.presenceOf(server)).toBeNull()
  })

  test('unknown server, unknown customer, no name at all: the same answer', async () => {
    const [customer] = server.name.split('/')
    const cases = [
      [`${customer}/nosuchserver`, 'attempt unknown_server'],
      ['nosuchcustomer/fs1', 'attempt unknown_customer'],
      ['Not a name!', 'attempt unknown_customer'],
    ] as const
    for (const [name, logged] of cases) {
      const agent = portal.agent({ ...server, name })
      expect(await agent.refusal()).toEqual({ code: 'name_or_password_wrong' })
      await expect.poll(() => codes(name)).toEqual([logged])
    }
  })

  test('something that opens TLS on the way is named', async () => {
    const fortinet = { sha256: 'b'.repeat(64), issuer: 'CN=Fortinet', subject: 'CN=portal', validTo: '2030' }
    const refusal = await portal.agent(server).refusal({
      claimChannel: (seen) => ({ ...seen, certificate: fortinet, exporter: Buffer.alloc(32, 1) }),
    })
    expect(refusal).toMatchObject({ code: 'tls_intercepted', detail: expect.stringContaining('CN=Fortinet') })
    const rows = await portal.logOf(server.name)
    expect(rows.at(-1)).toMatchObject({
      code: 'tls_intercepted',
      detail: expect.stringContaining('CN=Fortinet'),
    })
  })

  test.each([
    [
      'a message before the handshake',
      (socket) => socket.emit('agentToPortal.reports', {}),
      'handshake_expected',
    ],
    [
      'a message that is none',
      (socket) => socket.emit(WIRE.handshake, { type: 'hello' }),
      'malformed_message',
    ],
    [
      'a message that is too large',
      (socket) => socket.emit(WIRE.handshake, 'x'.repeat(20_000)),
      'message_too_large',
    ],
    ['binary', (socket) => socket.emit(WIRE.handshake, Buffer.alloc(10)), 'malformed_message'],
  ] satisfies [string, (socket: Awaited<ReturnType<typeof openSocket>>['socket']) => void, string][])(
    '%s',
    async (_, send, code) => {
      const { socket } = await openSocket(portal.port)
      const answers: string[] = []
      const ended = new Promise((resolve) => socket.once('disconnect', resolve))
      socket.on(WIRE.handshake, (answer: string) => answers.push(answer))
      send(socket)
      await ended
      expect(answers.map((answer) => JSON.parse(JSON.parse(answer).sealed))).toEqual([{ code }])
      await expect.poll(() => codes('')).toContain(`attempt ${code}`)
    },
  )

  test.each([
    ['a message that no buffer should hold', 'x'.repeat(2 * 1024 * 1024), 'message_too_large'],
    ['what is no socket.io at all', 'GET / HTTP/1.1', 'malformed_message'],
  ])('%s is cut off, and logged', async (_, words, code) => {
    const before = await timesLogged(code)
    const { socket } = await openSocket(portal.port)
    const ended = new Promise((resolve) => socket.once('disconnect', resolve))
    socket.io.engine.write(words)
    await ended
    await expect.poll(() => timesLogged(code)).toBe(before + 1)
  })

  test('a version that is spoken no more', async () => {
    const { socket } = await openSocket(portal.port)
    const answered = new Promise<string>((resolve) => socket.once(WIRE.handshake, resolve))
    socket.emit(
      WIRE.handshake,
      JSON.stringify({
        type: 'hello',
        protocol: 0,
        capabilities: [],
        name: server.name,
        instance: crypto.randomUUID(),
        session: 1,
        nonce: 'n'.repeat(43),
        clock: Date.now(),
        loginRequest: 'AA',
      }),
    )
    expect(await answered).toContain('protocol_unsupported')
  })

  test('a password that was changed while he was proving the old one', async () => {
    const fresh = await portal.addServer()
    const agent = portal.agent(fresh)
    const beforeProof = async () => {
      await portal.setPassword(fresh.row.id, 'a new password here')
      portal.gateway.cut(fresh.row.id, 'password_changed')
    }
    expect(await agent.refusal({ beforeProof })).toEqual({ code: 'password_changed' })
    expect(portal.gateway.link(fresh.row.id)).toBeNull()
    expect(
      await portal
        .agent(fresh, { password: 'a new password here' })
        .dial()
        .then((link) => link.close()),
    ).toBeUndefined()
  })
})

describe('one live link for each server', () => {
  test('the same installation replaces its own zombie at once', async () => {
    const server = await portal.addServer()
    const agent = portal.agent(server)
    const zombie = await agent.dial()
    const link = await agent.dial()
    await zombie.ended
    expect(zombie.received).toContainEqual({
      event: WIRE.portalToAgent.goodbye,
      payload: { code: 'superseded', comeBackInMs: expect.any(Number) },
    })
    expect(link.socket.connected).toBe(true)
    expect(await portal.presenceOf(server)).toMatchObject({ online: true, session: 2n })
    expect(await codes(server.name)).toEqual(['link online', 'link superseded'])
    link.close()
  })

  test('a connection that was overtaken is turned away', async () => {
    const server = await portal.addServer()
    const agent = portal.agent(server)
    const link = await agent.dial({ session: 7 })
    expect(await agent.refusal({ session: 6 })).toMatchObject({ code: 'session_stale' })
    expect(await agent.refusal({ session: 7 })).toMatchObject({ code: 'session_stale' })
    expect(link.socket.connected).toBe(true)
    link.close()
  })

  test('a clone is refused and the original stays untouched; once that is gone, another machine may take its place', async () => {
    const server = await portal.addServer()
    const original = await portal.agent(server).dial()
    const clone = portal.agent(server)
    expect(await clone.refusal({ session: 99 })).toMatchObject({
      code: 'clone_refused',
      retryAfterMs: expect.any(Number),
    })
    expect(original.socket.connected).toBe(true)
    expect(await codes(server.name)).toEqual(['link online', 'attempt clone_refused'])

    original.close()
    await expect.poll(() => portal.gateway.link(server.row.id)).toBeNull()
    const replacement = await clone.dial()
    expect(await codes(server.name)).toContain('link new_installation')
    replacement.close()
  })

  test('a clone is written down once for each machine, with how often it came, and the console is told', async () => {
    const server = await portal.addServer()
    const original = await portal.agent(server).dial()
    const clone = portal.agent(server)
    await clone.refusal()
    await clone.refusal()
    expect(await portal.copiesOf(server)).toMatchObject([
      {
        instance: clone.instance,
        hostname: 'fs1.acme.test',
        address: '127.0.0.1',
        times: 2,
        dismissedAt: null,
      },
    ])
    expect(portal.events).toContainEqual(expect.objectContaining({ type: 'copy', serverId: server.row.id }))
    original.close()
  })

  test('of clones that somebody makes up, only the newest are kept', async () => {
    const server = await portal.addServer()
    const original = await portal.agent(server).dial()
    const kept = portal.agent(server)
    await kept.refusal()
    await portal.decideAbout(server, kept.instance, { dismissedAt: new Date() })
    for (let index = 0; index < 22; index += 1) await portal.agent(server).refusal()
    const copies = await portal.copiesOf(server)
    expect(copies).toHaveLength(20)
    expect(copies.map(({ instance }) => instance)).toContain(kept.instance)
    original.close()
  })

  test('a clone that is kept out is told so, and stays out when the place is free', async () => {
    const server = await portal.addServer()
    const original = await portal.agent(server).dial()
    const clone = portal.agent(server)
    const undecided = await clone.refusal()
    await portal.decideAbout(server, clone.instance, { dismissedAt: new Date() })
    original.close()
    await expect.poll(() => portal.gateway.link(server.row.id)).toBeNull()
    const decided = await clone.refusal()
    expect(decided).toMatchObject({ code: 'clone_refused', detail: expect.stringContaining('decided') })
    expect(decided.retryAfterMs).toBeGreaterThan(60 * (undecided.retryAfterMs ?? Number.POSITIVE_INFINITY))
  })

  test('a clone that was split is told which server it is', async () => {
    const [server, own] = [await portal.addServer(), await portal.addServer()]
    const original = await portal.agent(server).dial()
    const clone = portal.agent(server)
    await clone.refusal()
    await portal.decideAbout(server, clone.instance, { becameServerId: own.row.id })
    expect(await clone.refusal()).toMatchObject({
      code: 'clone_split',
      detail: expect.stringContaining(own.name),
    })
    expect(original.socket.connected).toBe(true)
    original.close()
  })

  test('for a machine that was chosen the place is held, and once it is in, it is no copy any more', async () => {
    const server = await portal.addServer()
    const before = portal.agent(server)
    const original = await before.dial()
    const chosen = portal.agent(server)
    await chosen.refusal()
    await portal.decideAbout(server, chosen.instance, { chosenAt: new Date() })
    portal.gateway.cut(server.row.id, 'clone_refused')
    await original.ended
    expect(await before.refusal(), 'it was faster').toMatchObject({ code: 'clone_refused' })
    const link = await chosen.dial()
    expect(await codes(server.name)).toContain('link new_installation')
    expect((await portal.copiesOf(server)).map(({ instance }) => instance)).toEqual([before.instance])
    link.close()
  })

  test('two that prove themselves in the same moment: one of them wins', async () => {
    const server = await portal.addServer()
    const outcomes = await Promise.allSettled([portal.agent(server).dial(), portal.agent(server).dial()])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.close()
  })

  test('is cut when its password was changed', async () => {
    const server = await portal.addServer()
    const link = await portal.agent(server).dial()
    portal.gateway.cut(server.row.id, 'password_changed')
    await link.ended
    expect(await link.expect(WIRE.portalToAgent.goodbye)).toMatchObject([{ code: 'password_changed' }])
    expect(await portal.presenceOf(server)).toMatchObject({ online: false, offlineCode: 'password_changed' })
  })
})

describe('an agent that turns hostile once it is in', () => {
  const hostile: [string, (socket: Awaited<ReturnType<typeof openSocket>>['socket']) => void, string][] = [
    [
      'an event that does not exist',
      (socket) => socket.emit('agentToPortal.takeOver', 1),
      'malformed_message',
    ],
    ['the handshake again', (socket) => socket.emit(WIRE.handshake, '{}'), 'malformed_message'],
    [
      'reports that are none',
      (socket) => socket.emit(WIRE.agentToPortal.reports, { reports: [] }),
      'malformed_message',
    ],
    [
      'a machine that is none',
      (socket) => socket.emit(WIRE.agentToPortal.machine, null),
      'malformed_message',
    ],
    [
      'a flood',
      (socket) => {
        const machine = { hostname: '', platform: '', agentVersion: '', resticVersion: null, notices: [] }
        for (let n = 0; n < 1_000; n += 1) socket.emit(WIRE.agentToPortal.machine, machine)
      },
      'malformed_message',
    ],
    ['what is no socket.io at all', (socket) => socket.io.engine.write('{'), 'malformed_message'],
    ['a message beyond the bound', (socket) => socket.emit('x', 'y'.repeat(1_100_000)), 'message_too_large'],
  ]

  test.each(hostile)('and sends %s loses its link, with the reason', async (_, send, code) => {
    const server = await portal.addServer()
    const link = await portal.agent(server).dial()
    send(link.socket)
    await link.ended
    await expect.poll(() => portal.presenceOf(server)).toMatchObject({ online: false, offlineCode: code })
    expect(await codes(server.name)).toEqual(['link online', `link ${code}`])
  })

  test('who answers with nothing is not asked again and again', async () => {
    const server = await portal.addServer()
    const agent = await portal.agent(server).dial()
    agent.answerNothing(WIRE.portalToAgent.plans)
    const link = portal.gateway.link(server.row.id) ?? expect.fail('no link')
    expect(await link.request(WIRE.portalToAgent.plans, { plans: [] }, 20_000)).toBeNull()
    agent.close()
  })
})

describe('what is no agent', () => {
  test('plain HTTP is told in plain HTTP what is wrong, and logged', async () => {
    const socket = connect(portal.port, '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: portal\r\n\r\n')
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 [\s\S]*TLS only/)
    await expect.poll(() => codes('')).toContain('attempt plain_to_tls')
  })

  test('a browser gets a neutral answer', async () => {
    const status = await new Promise((resolve, reject) => {
      get({ port: portal.port, host: '127.0.0.1', path: '/', rejectUnauthorized: false }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject)
    })
    expect(status).toBe(404)
  })
})

describe('a portal that stops', () => {
  let stopping: TestPortal
  beforeEach(async () => {
    stopping = await TestPortal.start()
  })
  afterEach(() => stopping.stop())

  test('spreads its agents over as long as it takes to let all of them in', async () => {
    const servers = await Promise.all([1, 2, 3].map(() => stopping.addServer()))
    const links = await Promise.all(servers.map((server) => stopping.agent(server).dial()))
    const drawn = [0, 0.5, 1]
    const random = vi.spyOn(Math, 'random').mockImplementation(() => drawn.shift() ?? 1)
    try {
      await stopping.gateway.close()
    } finally {
      random.mockRestore()
    }
    const told = await Promise.all(links.map((link) => link.expect(WIRE.portalToAgent.goodbye)))
    const times = told.flat().map((goodbye) => portalToAgent.goodbye.parse(goodbye).comeBackInMs)
    // At least two seconds, and five milliseconds more for each of the three.
    expect(times.sort()).toEqual([2_000, 2_008, 2_015])
  })

  test('tells each agent when to come back, and believes nobody online afterwards', async () => {
    const server = await stopping.addServer()
    const agent = stopping.agent(server)
    const link = await agent.dial()
    await stopping.gateway.close()
    await link.ended
    expect(await link.expect(WIRE.portalToAgent.goodbye)).toMatchObject([
      { code: 'portal_closing', comeBackInMs: expect.any(Number) },
    ])
    expect(await stopping.presenceOf(server)).toMatchObject({ online: false, offlineCode: 'portal_closing' })
    await stopping.startGateway()
    const back = await stopping.agent(server, { instance: agent.instance }).dial({ session: 2 })
    expect(back.socket.connected).toBe(true)
    back.close()
  })
})

test('no password and no key is ever in what the console is told', () => {
  expect(JSON.stringify(portal.events)).not.toContain(PASSWORD)
})
