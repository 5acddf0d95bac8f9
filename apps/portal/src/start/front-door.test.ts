import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { readSettings } from '../settings.ts'
import { ConsoleServer } from './console-server.ts'
import { BODY_BYTES_MAX } from './front-door.ts'

let console: ConsoleServer | undefined
afterEach(() => console?.close())

const SIGNED_IN = 'session=genuine'

/** A console that answers with the address that it was told, and a body that it would have read. */
async function listen(variables: Record<string, string> = {}, takeMs?: number): Promise<ConsoleServer> {
  const settings = readSettings({ HOLDFAST_CONSOLE_PORT: '0', ...variables })
  console = await ConsoleServer.listen(settings, async (cookies) => cookies === SIGNED_IN, takeMs)
  console.serve((asked, answer) => answer.end(String(asked.headers['x-forwarded-for'])))
  return console
}

async function ask({ port }: ConsoleServer, headers: Record<string, string>, body = '') {
  const asking = request({ port, host: '127.0.0.1', method: 'POST', headers }).on('error', () => {})
  asking.end(body)
  const [answer] = await once(asking, 'response')
  return { status: answer.statusCode, text: await text(answer) }
}

test('an address that somebody made up does not count', async () => {
  const answer = await ask(await listen(), { 'x-forwarded-for': '6.6.6.6' })
  expect(answer).toEqual({ status: 200, text: '127.0.0.1' })
})

test('the address that a reverse proxy in front of us adds does', async () => {
  const behindProxy = await listen({ HOLDFAST_CONSOLE_URL: 'https://backup.example' })
  expect(await ask(behindProxy, { 'x-forwarded-for': '6.6.6.6, 192.0.2.9' })).toEqual({
    status: 200,
    text: '6.6.6.6, 192.0.2.9',
  })
})

test('a body as large as the largest plan is let in, and a larger one is not waited for', async () => {
  const door = await listen()
  expect(await ask(door, { 'content-length': '5' }, 'hello')).toMatchObject({ status: 200 })
  expect(await ask(door, { 'content-length': String(BODY_BYTES_MAX + 1) })).toMatchObject({ status: 413 })
})

test('a body that does not say how large it is, is not let in', async () => {
  expect(await ask(await listen(), { 'transfer-encoding': 'chunked' }, 'hello')).toMatchObject({
    status: 411,
  })
})

test('a large body is for who is signed in, so that a stranger takes no room from anybody', async () => {
  const door = await listen()
  const bytes = { 'content-length': String(BODY_BYTES_MAX) }
  for (const stranger of [bytes, { ...bytes, cookie: 'session=made-up' }])
    expect(await ask(door, stranger)).toMatchObject({ status: 401 })
  expect(await ask(door, { 'content-length': '5' }, 'hello')).toMatchObject({ status: 200 })
  expect(await ask(door, { ...bytes, cookie: SIGNED_IN }, '')).toMatchObject({ status: 200 })
})

test('of large bodies only a few come at the same time, and small ones always', async () => {
  const door = await listen()
  const waiting: IncomingMessage[] = []
  door.serve((asked, answer) => {
    if (asked.url === '/wait') waiting.push(asked)
    else answer.end()
  })
  const part = () => {
    const socket = connect(door.port, '127.0.0.1')
      .on('error', () => {})
      .resume()
    socket.write(
      `POST /wait HTTP/1.1\r\nHost: x\r\nCookie: ${SIGNED_IN}\r\nContent-Length: ${BODY_BYTES_MAX}\r\n\r\n`,
    )
    return socket
  }
  const parts = Array.from({ length: 8 }, part)
  await expect.poll(() => waiting.length, { timeout: 15_000 }).toBe(8)
  const large = { 'content-length': String(BODY_BYTES_MAX), cookie: SIGNED_IN }
  expect(await ask(door, large)).toMatchObject({ status: 503 })
  expect(await ask(door, { 'content-length': '5' }, 'hello')).toMatchObject({ status: 200 })
  for (const socket of parts) socket.destroy()
  const status = async () => (await ask(door, large)).status
  await expect.poll(status, { timeout: 15_000 }).toBe(200)
})

test('who takes nothing of an answer is cut, and who takes it slowly is not', async () => {
  const door = await listen({}, 500)
  const piece = Buffer.alloc(64 * 1024)
  // More than what fits on the way between two ends of a connection.
  const pieces = Array.from({ length: 1_000 }, () => piece)
  door.serve((_, answer) => void pipeline(pieces, answer).catch(() => {}))
  const ask = () => {
    const socket = connect(door.port, '127.0.0.1')
      .on('error', () => {})
      .pause()
    socket.write('GET / HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n')
    return socket
  }
  const [idle, slow] = [ask(), ask()]
  let taken = 0
  slow.on('data', (bytes: Buffer) => {
    taken += bytes.length
    slow.pause()
  })
  const sipping = setInterval(() => slow.resume(), 5)
  await once(slow, 'close')
  clearInterval(sipping)
  expect(taken).toBeGreaterThan(1_000 * piece.length)
  const connections = promisify(door.http.getConnections.bind(door.http))
  await expect.poll(() => connections(), { timeout: 15_000 }).toBe(0)
  idle.destroy()
})
