import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import {
  type AddressInfo,
  connect,
  createServer,
  type LookupFunction,
  type Server,
  type Socket,
} from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { nameDialFault, PLAIN_GREETING } from '@holdfast/protocol'
import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../failure.ts'
import { dial } from './dial.ts'
import { makeCertificate } from './testing/certificate.ts'
import { TestGateway } from './testing/gateway.ts'

/** Real faults on loopback: each end of the story is what a person at the site would be told. */

const certificate = makeCertificate()
const open: { server: Server; sockets: Set<Socket> }[] = []

afterEach(async () => {
  for (const { server, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
})

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({ server, sockets })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const web = (answer: RequestListener) => createHttpsServer(certificate, answer)

async function reasonFor(address: string, timeoutMs?: number) {
  const failed = await dial(address, timeoutMs === undefined ? {} : { timeoutMs }).catch(
    (error: unknown) => error,
  )
  if (!(failed instanceof Failure)) throw new Error(`it did not fail as expected: ${String(failed)}`)
  return failed.refusal
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/**
 * A port whose queue is full: Linux drops what comes next without a word, just as a filtering firewall does. The
 * process that should accept is stopped.
 */
async function fullHouse({ host = '127.0.0.1', port = 0 } = {}): Promise<FullHouse> {
  const program = `
    const server = require('node:net').createServer()
    server.listen({ port: ${port}, host: '${host}', backlog: 1 }, () => console.log(server.address().port))
  `
  const doorman = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [said] = await once(doorman.stdout.setEncoding('utf8'), 'data')
  doorman.kill('SIGSTOP')
  const guests = [1, 2, 3].map(() => connect(Number(said), host).on('error', () => {}))
  await Promise.all(guests.slice(0, 2).map((guest) => once(guest, 'connect')))
  return {
    host,
    address: `${host}:${Number(said)}`,
    [Symbol.dispose]() {
      for (const guest of guests) guest.destroy()
      doorman.kill('SIGKILL')
    },
  }
}

type FullHouse = Disposable & { readonly host: string; readonly address: string }

describe('a dial', () => {
  test('opens a line whose TLS session is known', async () => {
    const gateway = await TestGateway.start()
    const line = await dial(gateway.address)
    expect(line.channel).toMatchObject({
      certificate: { issuer: 'CN=Holdfast gateway', subject: 'CN=Holdfast gateway' },
      terminators: [],
    })
    expect(line.channel.exporter).toHaveLength(32)
    line.close()
    await gateway.stop()
  })

  test('to a port where nobody listens is refused', async () => {
    const address = `127.0.0.1:${await freePort()}`
    expect(await reasonFor(address)).toEqual({
      code: 'connection_refused',
      detail: `${address}, ECONNREFUSED`,
    })
  })

  test('to a name that does not exist says so', async () => {
    // Without a network the resolver itself is what cannot be reached.
    const { code } = await reasonFor('no-such-host.invalid:16888')
    expect(['name_not_found', 'resolver_unreachable']).toContain(code)
  })

  test('to a plain web server finds that it does not encrypt', async () => {
    const address = await listen(createHttpServer((_, response) => response.end('hello')))
    expect(await reasonFor(address)).toMatchObject({ code: 'tls_to_plain' })
  })

  test('to a service that greets first finds that it does not encrypt', async () => {
    const address = await listen(createServer((socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')))
    expect(await reasonFor(address)).toMatchObject({ code: 'tls_to_plain' })
  })

  test('that is accepted and cut at once is called reset', async () => {
    const address = await listen(createServer((socket) => socket.destroy()))
    expect(await reasonFor(address)).toMatchObject({ code: 'connection_reset' })
  })

  test('that is reset in the middle of TLS is called reset', async () => {
    const address = await listen(
      createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
    )
    expect(await reasonFor(address)).toMatchObject({ code: 'connection_reset' })
  })

  test('to a port that accepts and stays silent takes too long for a handshake', async () => {
    const address = await listen(createServer(() => {}))
    expect(await reasonFor(address, 300)).toEqual({ code: 'handshake_timeout', detail: address })
  })

  test.runIf(process.platform === 'linux')('that nobody accepts gets no answer', async () => {
    using full = await fullHouse()
    expect(await reasonFor(full.address, 300)).toEqual({ code: 'connection_timeout', detail: full.address })
  })

  test.each([200, 302, 404, 502])('to another web server that answers %i names it', async (status) => {
    const address = await listen(
      web((_, response) => response.writeHead(status, { server: 'nginx', location: 'https://login' }).end()),
    )
    expect(await reasonFor(address)).toEqual({
      code: 'unexpected_response',
      detail: `${address}, HTTP ${status} from nginx${status === 302 ? ', sent on to https://login' : ''}`,
    })
  })

  test.each([
    [400, '{"code":3,"message":"Bad request"}'],
    [426, 'Upgrade Required'],
    [200, '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000}'],
  ])('whose upgrade was removed on the way is told by the answer %i', async (status, body) => {
    const address = await listen(web((_, response) => response.writeHead(status).end(body)))
    expect(await reasonFor(address)).toEqual({
      code: 'upgrade_stripped',
      detail: `${address}, HTTP ${status}`,
    })
  })

  test('whose TLS was taken off on the way is told by the answer of the port behind it', async () => {
    const address = await listen(web((_, response) => response.writeHead(400).end(PLAIN_GREETING)))
    expect(await reasonFor(address)).toEqual({ code: 'plain_to_tls', detail: `${address}, HTTP 400` })
  })

  test('to something that answers without an end is not waited for', async () => {
    const address = await listen(
      web((_, response) => {
        const more = () => response.write('x'.repeat(1_024), more)
        response.on('error', () => {}).writeHead(400)
        more()
      }),
    )
    expect(await reasonFor(address)).toMatchObject({ code: 'unexpected_response' })
  })

  test('to TLS that hangs up before it answers is called reset', async () => {
    const address = await listen(createTlsServer(certificate, (socket: TLSSocket) => socket.destroy()))
    expect(await reasonFor(address)).toMatchObject({ code: 'connection_reset' })
  })

  test('to a web socket that speaks something else names that', async () => {
    const server = web(() => {})
    server.on('upgrade', (request, socket) => {
      const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
      const accept = createHash('sha1').update(key).digest('base64')
      const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade']
      socket.write(`${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`)
      socket.write(Buffer.from([0x81, 5, ...Buffer.from('hello')]))
    })
    const address = await listen(server)
    expect(await reasonFor(address)).toEqual({ code: 'unexpected_response', detail: address })
  })

  test('that is called off ends at once', async () => {
    const address = await listen(createServer(() => {}))
    const calledOff = new AbortController()
    const dialing = dial(address, { signal: calledOff.signal })
    calledOff.abort()
    await expect(dialing).rejects.toMatchObject({ code: 'agent_stopped' })
  })
})

describe('a name with several addresses', () => {
  const resolvesTo = (...addresses: LookupAddress[]): LookupFunction => {
    return (_name, _options, found) => found(null, addresses)
  }
  const V4 = { address: '127.0.0.1', family: 4 }

  test('is reached by IPv4 where IPv6 leads nowhere', async () => {
    const gateway = await TestGateway.start()
    using full = await fullHouse({ host: '::1', port: gateway.port })
    const line = await dial(`portal.example:${gateway.port}`, {
      lookup: resolvesTo({ address: full.host, family: 6 }, V4),
    })
    expect(line.way).toEqual({ ip: '127.0.0.1', proxy: null })
    line.close()
    await gateway.stop()
  })

  test('is asked for anew at each dial', async () => {
    const gateway = await TestGateway.start()
    const asked: string[] = []
    const lookup: LookupFunction = (name, _options, found) => {
      asked.push(name)
      found(null, [asked.length === 1 ? { address: '127.0.0.2', family: 4 } : V4])
    }
    const address = `portal.example:${gateway.port}`
    await expect(dial(address, { lookup })).rejects.toMatchObject({ code: 'connection_refused' })
    const line = await dial(address, { lookup })
    expect(asked).toEqual(['portal.example', 'portal.example'])
    line.close()
    await gateway.stop()
  })

  test('of which none answers is told by the address that said most', async () => {
    const port = await freePort()
    // 240.0.0.0/4 is nobody's, and no system has a way to it.
    const lookup = resolvesTo({ address: '240.0.0.1', family: 4 }, { address: '::1', family: 6 }, V4)
    await expect(dial(`portal.example:${port}`, { lookup })).rejects.toMatchObject({
      refusal: { code: 'connection_refused', detail: `portal.example:${port}, ECONNREFUSED` },
    })
  })
})

describe('a fault', () => {
  test.each([
    ['ENOTFOUND', 'name_not_found'],
    ['EAI_AGAIN', 'resolver_unreachable'],
    ['ECONNREFUSED', 'connection_refused'],
    ['ETIMEDOUT', 'connection_timeout'],
    ['EHOSTUNREACH', 'host_unreachable'],
    ['ENETUNREACH', 'network_unreachable'],
    ['ECONNRESET', 'connection_reset'],
    ['EPROTO', 'tls_to_plain'],
    ['SOMETHING_NEW', 'unexpected_response'],
  ])('with the code %s is called %s', (code, name) => {
    expect(nameDialFault({ type: 'error', code, stage: 'connecting' }, 'portal:1')).toEqual({
      code: name,
      detail: `portal:1, ${code}`,
    })
  })

  test.each([
    ['resolving', 'resolver_unreachable'],
    ['connecting', 'connection_timeout'],
    ['securing', 'handshake_timeout'],
    ['upgrading', 'handshake_timeout'],
  ] as const)('of time while %s is called %s', (stage, code) => {
    expect(nameDialFault({ type: 'timeout', stage }, 'portal:1').code).toBe(code)
  })
})
