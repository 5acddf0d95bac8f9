import { once } from 'node:events'
import { createServer as createHttpsServer, request } from 'node:https'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../failure.ts'
import { type DialOptions, dial } from './dial.ts'
import { parseProxy } from './proxy.ts'
import { makeCertificate } from './testing/certificate.ts'
import { TestGateway } from './testing/gateway.ts'
import { TestProxy } from './testing/proxy.ts'

/** Dials through real proxies, kind and unkind, to a real gateway. */

let gateway: TestGateway
const servers: Server[] = []

beforeEach(async () => {
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await gateway.stop()
  for (const server of servers.splice(0)) {
    server.close()
    await once(server, 'close')
  }
})

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  servers.push(server)
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const through = (url: string, more: object = {}): DialOptions => ({ env: { HTTPS_PROXY: url }, ...more })

async function reasonFor(address: string, options: DialOptions) {
  const failed = await dial(address, options).catch((error: unknown) => error)
  if (!(failed instanceof Failure)) throw new Error(`it did not fail as expected: ${String(failed)}`)
  return failed.refusal
}

describe('a dial through a proxy', () => {
  test('arrives, and the TLS session is still the one of the portal', async () => {
    await using proxy = await TestProxy.start()
    const line = await dial(gateway.address, through(`http://${proxy.host}`))
    expect(line.channel.certificate.subject).toBe('CN=Holdfast gateway')
    expect(line.way).toEqual({ ip: null, proxy: `http://${proxy.host}` })
    expect(proxy.targets).toEqual([gateway.address])
    line.close()
  })

  test('leaves the name to the proxy, which may be the only one that can resolve it', async () => {
    await using proxy = await TestProxy.start()
    const address = `localhost:${gateway.port}`
    const line = await dial(address, through(`http://${proxy.host}`))
    expect(proxy.targets).toEqual([address])
    line.close()
  })

  test('signs in to it', async () => {
    await using proxy = await TestProxy.start({ credentials: 'agent:open: sesame' })
    const line = await dial(gateway.address, through(`http://agent:open%3A%20sesame@${proxy.host}`))
    line.close()
  })

  test('goes the way that was set for the portal, not the one of the environment', async () => {
    await using proxy = await TestProxy.start()
    await using other = await TestProxy.start()
    const own = parseProxy(proxy.host)
    if (own === null) throw new Error('no proxy')
    const line = await dial(gateway.address, {
      ...through(`http://${other.host}`),
      proxy: { kind: 'proxy', ...own },
    })
    expect([proxy.targets.length, other.targets.length]).toEqual([1, 0])
    line.close()
    const direct = await dial(gateway.address, {
      ...through('http://127.0.0.1:1'),
      proxy: { kind: 'direct' },
    })
    expect(direct.way).toEqual({ ip: '127.0.0.1', proxy: null })
    direct.close()
  })

  test('that NO_PROXY forbids goes directly', async () => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.0/8' }
    const line = await dial(gateway.address, { env })
    line.close()
  })

  test('that is called off ends at once', async () => {
    await using proxy = await TestProxy.start({ isSilent: true })
    const calledOff = new AbortController()
    const dialing = dial(gateway.address, through(`http://${proxy.host}`, { signal: calledOff.signal }))
    calledOff.abort()
    await expect(dialing).rejects.toMatchObject({ code: 'agent_stopped' })
  })
})

describe('a proxy that does not help is named', () => {
  test('when nobody is there', async () => {
    expect(await reasonFor(gateway.address, through('http://127.0.0.1:1'))).toEqual({
      code: 'proxy_unreachable',
      detail: `${gateway.address} through http://127.0.0.1:1, ECONNREFUSED`,
    })
  })

  test('when its name does not exist', async () => {
    const { code } = await reasonFor(gateway.address, through('http://no-such-proxy.invalid:3128'))
    expect(code).toBe('proxy_unreachable')
  })

  test('when it stays silent', async () => {
    await using proxy = await TestProxy.start({ isSilent: true })
    expect(
      await reasonFor(gateway.address, through(`http://${proxy.host}`, { timeoutMs: 300 })),
    ).toMatchObject({
      code: 'proxy_unreachable',
    })
  })

  test('when it hangs up, or is no proxy at all', async () => {
    const closing = await listen(createServer((socket) => socket.destroy()))
    expect(await reasonFor(gateway.address, through(`http://${closing}`))).toMatchObject({
      code: 'proxy_unreachable',
      detail: expect.stringContaining('ECONNRESET'),
    })
    const greeting = await listen(createServer((socket) => socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n')))
    expect(await reasonFor(gateway.address, through(`http://${greeting}`))).toMatchObject({
      code: 'proxy_unreachable',
    })
  })

  test('when it wants a password, without showing ours', async () => {
    await using proxy = await TestProxy.start({ credentials: 'agent:right' })
    const refusal = await reasonFor(gateway.address, through(`http://agent:wrong-one@${proxy.host}`))
    expect(refusal).toEqual({
      code: 'proxy_auth_required',
      detail: `${gateway.address} through http://${proxy.host}, HTTP 407, Negotiate, Basic`,
    })
  })

  test.each([403, 404, 405, 502, 503])('when it answers %i', async (status) => {
    await using proxy = await TestProxy.start({ status })
    expect(await reasonFor(gateway.address, through(`http://${proxy.host}`))).toEqual({
      code: 'proxy_refused',
      detail: `${gateway.address} through http://${proxy.host}, HTTP ${status}`,
    })
  })

  test('when it cannot reach the portal itself', async () => {
    await using proxy = await TestProxy.start()
    expect(await reasonFor('127.0.0.1:1', through(`http://${proxy.host}`))).toMatchObject({
      code: 'proxy_refused',
      detail: expect.stringContaining('HTTP 502'),
    })
  })

  test('when it is to be spoken to over TLS and nobody vouches for it: it would get a password', async () => {
    await using proxy = await TestProxy.start({
      certificate: makeCertificate({ name: 'Proxy of the office' }),
    })
    expect(await reasonFor(gateway.address, through(`https://agent:secret@${proxy.host}`))).toMatchObject({
      code: 'proxy_unreachable',
      detail: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    })
    expect(proxy.targets).toEqual([])
  })

  test('and a fault behind it is that of the portal, with the way that was gone', async () => {
    await using proxy = await TestProxy.start()
    const silent = await listen(createServer((socket) => socket.destroy()))
    expect(await reasonFor(silent, through(`http://${proxy.host}`))).toMatchObject({
      code: 'connection_reset',
      detail: expect.stringContaining(`${silent} through http://${proxy.host}`),
    })
  })
})

test('a box that opens TLS and removes the upgrade is told by what the real gateway answers to it', async () => {
  const box = createHttpsServer(makeCertificate({ name: 'Box of the office' }), (near, answer) => {
    const { upgrade: _, connection: __, ...headers } = near.headers
    const { port } = gateway
    request({ port, host: '127.0.0.1', path: near.url, headers, rejectUnauthorized: false }, (far) => {
      answer.writeHead(far.statusCode ?? 0)
      far.pipe(answer)
    }).end()
  })
  // Without a listener for it, Node leaves the request to be answered as if nobody had asked for an upgrade.
  const address = await listen(box)
  expect(await reasonFor(address, {})).toEqual({ code: 'upgrade_stripped', detail: `${address}, HTTP 400` })
})
