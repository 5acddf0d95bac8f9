import { statSync } from 'node:fs'
import { get } from 'node:https'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { serverName, WIRE } from '@holdfast/protocol'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type OpaqueRegistration, registerPassword } from '../link/testing/opaque-record.ts'
import { Site } from '../testing/site.ts'
import { call, openLine } from './testing/caller.ts'

const NAME = 'acme/fs1'
const PASSWORD = 'correct horse battery'
const SERVER_ID = 'server-1'

let registration: OpaqueRegistration
let site: Site
let port: number

beforeAll(async () => {
  registration = await registerPassword(PASSWORD, SERVER_ID)
})
beforeEach(async () => {
  site = new Site()
  port = await freePort()
})
afterEach(() => site[Symbol.asyncDispose]())

async function freePort(): Promise<number> {
  const server = createServer()
  const free = await listenOn(server, 0)
  await new Promise((resolve) => server.close(resolve))
  return free
}

function listenOn(server: Server, wanted: number): Promise<number> {
  return new Promise((resolve) =>
    server.listen(wanted, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  )
}

/** An agent that waits to be dialled: its one portal has no address. */
async function listeningAgent(name = NAME) {
  site.withState((state) => {
    state.portals.join({ name: serverName.parse(name), addresses: [], password: PASSWORD, certificate: null })
    state.listening.set({ address: '127.0.0.1', port, rule: null })
  })
  return site.startAgent()
}

const calling = (more: { name?: string; registration?: OpaqueRegistration } = {}) =>
  call(port, { name: NAME, registration, serverId: SERVER_ID, ...more })

describe('an agent that listens', () => {
  test('lets in the portal that proves itself, and serves it as one that it dialled itself', async () => {
    const agent = await listeningAgent()
    expect(agent.status.portals).toMatchObject([{ state: 'offline', address: '' }])
    const { refusal, hello, socket } = await calling()
    expect(refusal).toBeNull()
    expect(hello).toMatchObject({ name: NAME, session: 1 })
    await site.told(/Online from 127\.0\.0\.1/)
    expect(agent.status.portals).toMatchObject([{ state: 'online', isCalled: true, address: '127.0.0.1' }])
    const answer = await socket.timeout(5_000).emitWithAck(WIRE.portalToAgent.plans, { plans: [] })
    expect(answer).toEqual({ held: [] })
    socket.disconnect()
    await site.told('portal_closing')
  })

  test('keeps its own certificate, for its own eyes, over a restart', async () => {
    await listeningAgent()
    const { tls, socket } = await openLine(port)
    const shown = tls.getPeerX509Certificate()?.fingerprint256
    socket.disconnect()
    expect(statSync(join(site.settings.stateFolder, 'listener.pem')).mode & 0o777).toBe(0o600)
    await site.stopAgent()
    await site.startAgent()
    const again = await openLine(port)
    expect(again.tls.getPeerX509Certificate()?.fingerprint256).toBe(shown)
    again.socket.disconnect()
  })

  test('a call takes the place of the link that it overtook, with a greater session number', async () => {
    const agent = await listeningAgent()
    const first = await calling()
    const gone = new Promise((resolve) => first.socket.once('disconnect', resolve))
    const second = await calling()
    await gone
    await site.told('superseded')
    expect(second.hello.session).toBeGreaterThan(first.hello.session)
    expect(second.hello.instance).toBe(first.hello.instance)
    await site.until(() => agent.status.portals[0]?.state === 'online')
    expect(second.socket.connected).toBe(true)
  })

  test('ends in an orderly way, and does not listen any more', async () => {
    await listeningAgent()
    const { socket } = await calling()
    const ended = new Promise((resolve) => socket.once('disconnect', resolve))
    await site.stopAgent()
    expect(await ended).toBe('io server disconnect')
    await expect(openLine(port)).rejects.toThrow()
  })

  test('begins and ends to listen while it runs', async () => {
    const agent = await listeningAgent()
    agent.state.listening.clear()
    await agent.takeUpListening()
    expect(agent.status.listening).toBeNull()
    await expect(openLine(port)).rejects.toThrow()
    agent.state.listening.set({ address: '127.0.0.1', port, rule: null })
    await agent.takeUpListening()
    expect((await calling()).refusal).toBeNull()
  })

  test('says who has the port when it is taken', async () => {
    const squatter = createServer()
    await listenOn(squatter, port)
    const agent = await listeningAgent()
    const { text: said } = await site.told('listen_port_taken')
    expect(agent.status.listening).toMatchObject({ port, code: 'listen_port_taken' })
    expect(said).toContain(`127.0.0.1:${port}`)
    if (process.platform === 'linux') expect(said).toContain(`(process ${process.pid})`)
    await new Promise((resolve) => squatter.close(resolve))
  })
})

describe('who does not get in', () => {
  test('a caller without the record: the answer is the same for a name that there is and one that there is not', async () => {
    const agent = await listeningAgent()
    const stranger = await registerPassword('some other password', SERVER_ID)
    const known = await calling({ registration: stranger })
    const unknown = await calling({ registration: stranger, name: 'acme/nosuch' })
    for (const { refusal } of [known, unknown]) expect(refusal).toEqual({ code: 'wrong_password' })
    expect(unknown.hello.name).toBe('acme/nosuch')
    const shapeOf = ({ hello }: typeof known) => ({
      keys: Object.keys(hello),
      instance: hello.instance,
      lengths: [hello.loginRequest.length, hello.nonce.length],
    })
    expect(shapeOf(unknown)).toEqual(shapeOf(known))
    expect(agent.status.portals).toMatchObject([{ state: 'offline' }])
    await site.told(/called for acme\/nosuch, which is no name of this server/)
  })

  test('a box that ends TLS in between', async () => {
    const agent = await listeningAgent()
    const { refusal } = await call(port, {
      ...{ name: NAME, registration, serverId: SERVER_ID },
      channel: (seen) => ({ ...seen, certificate: { ...seen.certificate, sha256: '0'.repeat(64) } }),
    })
    expect(refusal).toMatchObject({ code: 'tls_intercepted' })
    expect(agent.status.portals).toMatchObject([{ state: 'offline' }])
  })

  test('whoever says anything but the name first: it gets no answer', async () => {
    await listeningAgent()
    for (const [event, payload] of [
      [WIRE.handshake, 'nonsense'],
      [WIRE.handshake, JSON.stringify({ type: 'refused', sealed: '{}', mac: null })],
      [WIRE.portalToAgent.command, {}],
    ] as const) {
      const { socket } = await openLine(port)
      const heard: unknown[] = []
      socket.onAny((...args) => heard.push(args))
      const ended = new Promise((resolve) => socket.once('disconnect', resolve))
      socket.emit(event, payload)
      expect(await ended).toBe('io server disconnect')
      expect(heard).toEqual([])
    }
  })

  test('more at one time than have room; a proven one gives its place back', async () => {
    await listeningAgent()
    expect((await calling()).refusal).toBeNull()
    const waiting = await Promise.all([openLine(port), openLine(port), openLine(port), openLine(port)])
    await expect(openLine(port)).rejects.toThrow()
    for (const { socket } of waiting) socket.disconnect()
    await expect
      .poll(() =>
        calling().then(
          ({ refusal }) => refusal,
          () => 'full',
        ),
      )
      .toBeNull()
  })

  test('browsers and those without TLS are told, and nothing more', async () => {
    await listeningAgent()
    const answered = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      get(`https://127.0.0.1:${port}/`, { rejectUnauthorized: false }, async (response) =>
        resolve({ status: response.statusCode, body: await text(response) }),
      ).on('error', reject)
    })
    expect(answered).toEqual({ status: 404, body: 'Not found\n' })
    const plain = connect(port, '127.0.0.1')
    plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await text(plain)).toContain('it speaks TLS only')
    await site.told('plain_to_tls')
  })
})
