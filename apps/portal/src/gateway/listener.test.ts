import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownCertificate } from '#keys/gateway-certificate.ts'
import { KeyFolder } from '#keys/key-folder.ts'
import { answerPlainHttp } from './listener.ts'

let folder: string
let https: Server
let port: number
let greeting: ReadonlyMap<string, unknown>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-listener-'))
  const { certificate: cert, key } = await ownCertificate(await KeyFolder.open(folder))
  https = createServer({ cert, key, handshakeTimeout: 200 })
  greeting = answerPlainHttp(https, () => {})
  https.listen(0, '127.0.0.1')
  await once(https, 'listening')
  port = (https.address() as AddressInfo).port
})
afterAll(async () => {
  https.closeAllConnections()
  https.close()
  await rm(folder, { recursive: true })
})

const knock = (then: (socket: Socket) => void) =>
  Array.from({ length: 20 }, () => {
    const socket = connect(port, '127.0.0.1', () => then(socket))
    return socket.on('error', () => {}).resume()
  })

test.each<[string, (socket: Socket) => void]>([
  ['hangs up at once, as a health check does', (socket) => socket.end()],
  ['breaks off', (socket) => socket.resetAndDestroy()],
  ['never speaks', () => {}],
  ['forgot the TLS', (socket) => socket.write('GET / HTTP/1.1\r\n\r\n')],
  ['stops in the middle of a TLS hello', (socket) => socket.end(Buffer.from('1603010200010001fc', 'hex'))],
])('nothing is kept of who %s', async (_, then) => {
  const sockets = knock(then)
  await Promise.all(sockets.map((socket) => once(socket, 'close')))
  await expect.poll(() => greeting.size).toBe(0)
})

test('nothing is kept of who is through with TLS', async () => {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  await expect.poll(() => greeting.size).toBe(0)
  socket.destroy()
})
