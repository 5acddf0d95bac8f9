import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encode } from 'next-auth/jwt'
import { io, type Socket } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { sealedClaim, sessionCookieName, sessionSecret } from '#auth/session-cookie.ts'
import { endSession, type Session } from '#auth/sessions.ts'
import { startTestConsole, type TestConsole } from '#testing/console.ts'
import { CONSOLE_SOCKET, ConsoleSocket } from './console-socket.ts'
import type { LiveEvent } from './events.ts'

/** Real sockets with real session cookies, against a real database. */

const secret = sessionSecret('an OPAQUE set-up')
const noLog = { debug() {}, info() {}, warn() {}, error() {} }
let world: TestConsole
let http: HttpServer
let socket: ConsoleSocket
let origin: string
const browsers: Socket[] = []

beforeAll(async () => {
  world = await startTestConsole()
  http = createServer()
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
  const { port } = http.address() as AddressInfo
  origin = `http://127.0.0.1:${port}`
  const { database, live, settings } = world.portal
  socket = new ConsoleSocket({
    ...{ http, database, live, processLog: noLog, sessionSecret: secret },
    settings: { console: { ...settings.console, port } },
  })
})
afterEach(() => {
  for (const browser of browsers.splice(0)) browser.disconnect()
})
afterAll(async () => {
  await socket.close()
  http.close()
  await world.stop()
})

const cookieOf = async ({ sessionId, userId }: Session) =>
  `${sessionCookieName(false)}=${await encode({ token: sealedClaim({ sessionId, userId }, false), secret })}`

function sessionOf(who: 'owner' | 'technician' | 'acmeAdmin'): Session {
  const { session } = world.contexts[who]
  if (session === null) throw new Error(`${who} is not signed in`)
  return session
}

function open(headers: Record<string, string>): Socket {
  const browser = io(`${origin}${CONSOLE_SOCKET.namespace}`, {
    path: CONSOLE_SOCKET.path,
    transports: ['websocket'],
    extraHeaders: headers,
    reconnection: false,
    forceNew: true,
  })
  browsers.push(browser)
  return browser
}

/** Resolves when the socket is let in; rejects with the reason when it is not. */
function admitted(browser: Socket): Promise<Socket> {
  return new Promise((resolve, reject) => {
    browser.once('connect', () => resolve(browser))
    browser.once('connect_error', reject)
  })
}

const arrives = (browser: Socket): Promise<LiveEvent> => new Promise((seen) => browser.once('live', seen))
const told = (customer: TestConsole['acme']): LiveEvent => ({
  type: 'presence',
  providerId: world.provider.id,
  customerId: customer.customer.id,
  serverId: customer.server.id,
  online: true,
})

describe('the live socket of the console', () => {
  test('takes a signed-in person of its own page, by any name of loopback', async () => {
    const cookie = await cookieOf(sessionOf('owner'))
    await expect(admitted(open({ cookie, origin }))).resolves.toBeDefined()
  })

  test.each(['https://evil.example', 'null', 'http://127.0.0.1:1', ''])(
    'refuses the page %j',
    async (foreign) => {
      const cookie = await cookieOf(sessionOf('owner'))
      await expect(admitted(open({ cookie, origin: foreign }))).rejects.toThrow()
    },
  )

  test('refuses who has no session, or one that was revoked, or a cookie of another portal', async () => {
    await expect(admitted(open({ origin }))).rejects.toThrow('not_signed_in')
    const { sessionId, userId } = sessionOf('owner')
    const foreign = await encode({
      token: sealedClaim({ sessionId, userId }, false),
      secret: sessionSecret('another set-up'),
    })
    const cookie = `${sessionCookieName(false)}=${foreign}`
    await expect(admitted(open({ cookie, origin }))).rejects.toThrow('not_signed_in')
  })

  test('tells a customer of its own servers, and of nobody else’s', async () => {
    const cookie = await cookieOf(sessionOf('acmeAdmin'))
    const acme = await admitted(open({ cookie, origin }))
    const owner = await admitted(open({ cookie: await cookieOf(sessionOf('owner')), origin }))
    const seenByAcme: LiveEvent[] = []
    acme.on('live', (event) => seenByAcme.push(event))

    const ownerSawGlobex = arrives(owner)
    world.portal.live.publish(told(world.globex))
    expect(await ownerSawGlobex).toEqual(told(world.globex))

    const acmeSawItself = arrives(acme)
    world.portal.live.publish(told(world.acme))
    await acmeSawItself
    // Messages of one socket keep their order: had the first been sent to it, it would be here.
    expect(seenByAcme).toEqual([told(world.acme)])
  })

  test('tells nobody of another provider', async () => {
    const owner = await admitted(open({ cookie: await cookieOf(sessionOf('owner')), origin }))
    const seen: LiveEvent[] = []
    owner.on('live', (event) => seen.push(event))
    world.portal.live.publish({ ...told(world.strange), providerId: world.strange.customer.providerId })
    const own = arrives(owner)
    world.portal.live.publish(told(world.acme))
    await own
    expect(seen).toEqual([told(world.acme)])
  })

  test('ends the socket of a browser that speaks', async () => {
    const browser = await admitted(open({ cookie: await cookieOf(sessionOf('owner')), origin }))
    const ended = new Promise((reason) => browser.once('disconnect', reason))
    browser.emit('join', `provider:${world.provider.id}`)
    expect(await ended).toBe('io server disconnect')
  })

  test('ends with the session', async () => {
    const session = sessionOf('technician')
    const browser = await admitted(open({ cookie: await cookieOf(session), origin }))
    const ended = new Promise((reason) => browser.once('disconnect', reason))
    await endSession(world.portal.database, session)
    await socket.recheckSessions()
    expect(await ended).toBe('io server disconnect')
    await expect(admitted(open({ cookie: await cookieOf(session), origin }))).rejects.toThrow('not_signed_in')
  })
})
