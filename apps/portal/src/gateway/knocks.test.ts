import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Knocks, neighbourhood } from './knocks.ts'
import { PASSWORD, TestPortal } from './testing/portal.ts'

const MINUTE_MS = 60_000

describe('what is remembered', () => {
  test('is one row for each address, newest first, with how many got how far', () => {
    const knocks = new Knocks()
    knocks.begin('192.0.2.1', 1000).reached('tls')
    knocks.begin('198.51.100.7', 2000)
    knocks.begin('192.0.2.1', 1001).brokeOff('tls_closed')
    expect(knocks.rows()).toMatchObject([
      {
        address: '192.0.2.1',
        count: 2,
        reached: { tcp: 2, tls: 1, proven: 0 },
        lastTrouble: { trouble: 'tls_closed' },
      },
      { address: '198.51.100.7', count: 1, reached: { tcp: 1, tls: 0 }, lastTrouble: null },
    ])
  })

  test('is forgotten after a quarter of an hour, and a row begins anew', () => {
    let now = 0
    const knocks = new Knocks(() => now)
    knocks.begin('192.0.2.1', 1000)
    now += 16 * MINUTE_MS
    expect(knocks.rows()).toEqual([])
    knocks.begin('192.0.2.1', 1001)
    expect(knocks.rows()).toMatchObject([{ count: 1, firstAt: new Date(now) }])
  })

  test('has bounds, whoever knocks', () => {
    const knocks = new Knocks()
    for (let index = 0; index < 1_000; index += 1) knocks.begin(`2001:db8::${index.toString(16)}`, 1)
    expect(knocks.rows()).toHaveLength(500)
    expect(knocks.rows()[0]?.address).toBe('2001:db8::3e7')
    const line = knocks.begin('192.0.2.1', 1)
    line.said({ name: `${'x'.repeat(10_000)}` })
    line.asked('y'.repeat(10_000))
    line.brokeOff('tls_intercepted', 'z'.repeat(10_000))
    expect(JSON.stringify(knocks.rows()[0]).length).toBeLessThan(4_000)
    for (let index = 0; index < 200; index += 1) knocks.visited(knocks.begin('192.0.2.1', index), '7K3M-Q0ZT')
    expect(knocks.visit('7K3MQ0ZT').knocks).toHaveLength(50)
  })

  test('goes no step back, and the first reason stays', () => {
    const line = new Knocks().begin('192.0.2.1', 1)
    line.reached('challenged')
    line.reached('tls')
    line.brokeOff('wrong_password')
    line.brokeOff('connection_lost')
    expect(line.knock).toMatchObject({ step: 'challenged', trouble: 'wrong_password' })
  })

  test.each([
    ['192.0.2.1', '192.0.2.200', true],
    ['192.0.2.1', '192.0.3.1', false],
    ['2001:db8::1', '2001:db8::ffff:1', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
  ])('%s and %s are neighbours: %s', (one, other, are) => {
    expect(neighbourhood(one) === neighbourhood(other)).toBe(are)
  })
})

describe('at a real door', () => {
  let portal: TestPortal
  beforeAll(async () => {
    portal = await TestPortal.start()
  })
  afterAll(() => portal.stop())

  const lastKnock = () => portal.gateway.knocks.rows()[0]?.last
  const expectKnock = (like: object) =>
    expect.poll(lastKnock).toMatchObject({ address: '127.0.0.1', ...like })
  const overTcp = (then: (socket: Socket) => void) => {
    const socket = connect(portal.port, '127.0.0.1', () => then(socket))
    return socket.on('error', () => {}).resume()
  }
  const ask = (path: string, headers: Record<string, string>) => {
    const asked = request({ port: portal.port, path, headers, rejectUnauthorized: false, agent: false })
    asked.on('error', () => {})
    asked.end()
    return asked
  }
  const websocket = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
  }

  test.each<[string, (socket: Socket) => void, object]>([
    ['hangs up', (socket) => socket.end(), { step: 'tcp', trouble: 'tls_closed' }],
    ['breaks off', (socket) => socket.resetAndDestroy(), { step: 'tcp', trouble: 'tls_closed' }],
    [
      'forgot the TLS',
      (socket) => socket.write('GET / HTTP/1.1\r\n\r\n'),
      { step: 'tcp', trouble: 'plain_to_tls' },
    ],
    [
      'speaks something else',
      (socket) => socket.end('SSH-2.0-OpenSSH\r\n'),
      { step: 'tcp', trouble: 'plain_to_tls' },
    ],
  ])('who %s has got as far as TCP', async (_, then, like) => {
    await once(overTcp(then), 'close')
    await expectKnock(like)
  })

  test('who comes with TLS and says nothing has got as far as TLS', async () => {
    const socket = connectTls({ port: portal.port, host: '127.0.0.1', rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    await expectKnock({ step: 'tls', trouble: null })
    socket.destroy()
  })

  const openssl = spawnSync('openssl', ['version']).status === 0
  test.skipIf(!openssl)('who does not trust the certificate, or is too old, is told apart', async () => {
    const speak = (...args: string[]) =>
      promisify(execFile)('openssl', ['s_client', '-connect', `127.0.0.1:${portal.port}`, ...args]).catch(
        () => {},
      )
    await speak('-verify_return_error')
    await expectKnock({ trouble: 'tls_not_trusted' })
    await speak('-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')
    await expectKnock({ trouble: 'tls_version' })
  })

  test('a websocket that lost its upgrade on the way is named, and brings its code', async () => {
    ask('/link/?EIO=4&transport=websocket&doctor=strp-ped1', { Host: 'portal.example:16888' })
    await expectKnock({ step: 'tls', trouble: 'upgrade_stripped', host: 'portal.example:16888' })
    expect(portal.gateway.knocks.visit('STRPPED1').knocks).toMatchObject([{ trouble: 'upgrade_stripped' }])
  })

  test('a run of the doctor is found by its code, and nobody else’s', async () => {
    const asked = ask('/link/?EIO=4&transport=websocket&doctor=7k3m-q0zt', websocket)
    asked.on('upgrade', (_response, socket) => socket.destroy())
    await once(asked, 'upgrade')
    await expectKnock({ step: 'websocket', trouble: null })
    expect(portal.gateway.knocks.visit('7K3MQ0ZT').knocks).toMatchObject([{ step: 'websocket' }])
    expect(portal.gateway.knocks.visit('00000000').knocks).toEqual([])
  })

  test('an agent with the wrong password got as far as the challenge, and one with the right one in', async () => {
    const server = await portal.addServer()
    await portal.agent(server, { password: `not ${PASSWORD}` }).refusal()
    await expectKnock({ step: 'challenged', name: server.name, trouble: 'wrong_password' })
    const link = await portal.agent(server).dial()
    await expectKnock({ step: 'proven', name: server.name, trouble: null })
    link.close()
  })

  test('an agent that sees another certificate leaves behind whose it was', async () => {
    const server = await portal.addServer()
    const refusal = await portal.agent(server).refusal({
      claimChannel: (seen) => ({
        ...seen,
        certificate: { ...seen.certificate, sha256: 'cd'.repeat(32), issuer: 'O=Fortinet, CN=FG100' },
      }),
    })
    expect(refusal.code).toBe('tls_intercepted')
    await expectKnock({ trouble: 'tls_intercepted', detail: expect.stringContaining('O=Fortinet, CN=FG100') })
  })
})
