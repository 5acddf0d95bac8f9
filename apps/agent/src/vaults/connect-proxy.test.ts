import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConnectProxy } from './connect-proxy.ts'

const TARGET = 'vault.example:4401'
let vault: Server
let proxy: ConnectProxy
let dialled: Socket[]

beforeEach(async () => {
  dialled = []
  vault = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(vault, 'listening')
  proxy = await ConnectProxy.start(TARGET, async () => {
    const socket = connect((vault.address() as AddressInfo).port, '127.0.0.1')
    dialled.push(socket)
    await once(socket, 'connect')
    return socket
  })
})
afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  vault.close()
})

const credentials = () => {
  const { username, password } = new URL(proxy.url)
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

async function ask(target: string, authorization?: string): Promise<{ status: number; socket: Socket }> {
  const asked = request({
    ...{ host: '127.0.0.1', port: proxy.port, method: 'CONNECT', path: target, agent: false },
    headers: authorization === undefined ? {} : { 'proxy-authorization': authorization },
  })
  asked.end()
  const [response, socket] = (await once(asked, 'connect')) as [IncomingMessage, Socket]
  return { status: response.statusCode ?? 0, socket }
}

test('who has the credential is connected to the one place, and gets back what it says', async () => {
  const { status, socket } = await ask(TARGET, credentials())
  expect(status).toBe(200)
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
})

test.each([
  ['another host', 'other.example:4401'],
  ['another port', 'vault.example:22'],
  ['this machine', '127.0.0.1:4401'],
])('%s is refused', async (_, target) => {
  expect(await ask(target, credentials())).toMatchObject({ status: 403 })
  expect(dialled).toEqual([])
})

test.each([
  ['no credential', undefined],
  ['another one', `Basic ${Buffer.from('holdfast:guessed').toString('base64')}`],
  ['nonsense', 'Basic ***'],
])('%s is refused', async (_, authorization) => {
  expect(await ask(TARGET, authorization)).toMatchObject({ status: 407 })
  expect(dialled).toEqual([])
})

test.each(['GET', 'POST'])('%s is refused, with the credential too', async (method) => {
  const asked = request({
    ...{ host: '127.0.0.1', port: proxy.port, method, path: `http://${TARGET}/`, agent: false },
    headers: { 'proxy-authorization': credentials() },
  })
  asked.end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(405)
  expect(await text(response)).toBe('')
  expect(dialled).toEqual([])
})

test('whoever holds connections without the credential keeps nobody out who has it', async () => {
  const { socket } = await ask(TARGET, credentials())
  const strangers = Array.from({ length: 200 }, () =>
    connect(proxy.port, '127.0.0.1')
      .on('error', () => {})
      .resume(),
  )
  await Promise.all(strangers.map((stranger) => once(stranger, 'connect')))
  expect(await ask(TARGET, credentials())).toMatchObject({ status: 200 })
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  const isOpen = (stranger: Socket) => stranger.readyState !== 'closed'
  await expect.poll(() => strangers.filter(isOpen).length).toBeLessThanOrEqual(64)
})

test('each has a credential of its own', async () => {
  await using other = await ConnectProxy.start(TARGET, () => Promise.reject(new Error('nobody')))
  expect(new URL(other.url).password).not.toBe(new URL(proxy.url).password)
})

test('when restic has ended, nothing of it is left', async () => {
  const { socket } = await ask(TARGET, credentials())
  const closed = Promise.all([once(socket, 'close'), ...dialled.map((each) => once(each, 'close'))])
  socket.on('error', () => {})
  const { port } = proxy
  await proxy[Symbol.asyncDispose]()
  await closed
  const late = connect(port, '127.0.0.1')
  await expect(once(late, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  proxy = await ConnectProxy.start(TARGET, () => Promise.reject(new Error('nobody')))
})
