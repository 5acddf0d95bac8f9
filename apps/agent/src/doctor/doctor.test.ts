import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeCertificate } from '../link/testing/certificate.ts'
import { type GatewayOptions, TestGateway } from '../link/testing/gateway.ts'
import { Relay } from '../link/testing/relay.ts'
import { Site } from '../testing/site.ts'
import { type Asked, type Diagnosis, examine, isWell } from './doctor.ts'
import type { CheckName } from './examination.ts'
import { diagnosisText } from './print.ts'

/** Each fault stands on a real line: real TLS, real sockets, a real handshake. */

let site: Site
let gateway: TestGateway
const others: AsyncDisposable[] = []

beforeEach(async () => {
  site = new Site()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  for (const other of others.splice(0)) await other[Symbol.asyncDispose]()
  await gateway.stop()
})

const withoutProxy: NodeJS.ProcessEnv = { PATH: process.env.PATH }
const ask = (asked: Asked = {}): Promise<Diagnosis> => examine(site.settings, { env: withoutProxy, ...asked })

/** Restarts the gateway of this test as another one. */
async function gatewayWith(options: GatewayOptions): Promise<void> {
  await gateway.stop()
  gateway = await TestGateway.start(options)
}

const of = ({ findings }: Diagnosis, name: CheckName) => findings.filter((finding) => finding.name === name)
/** Of what this machine itself looks like, the tests say nothing. */
const codes = ({ findings }: Diagnosis) =>
  findings
    .filter(({ name }) => name !== 'routes')
    .flatMap(({ code, outcome }) => (code === null ? [] : [`${outcome}: ${code}`]))

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  others.push({
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  })
  return (server.address() as AddressInfo).port
}

test('where nothing is wrong it finds nothing', async () => {
  site.join(gateway)
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual([])
  expect(isWell(diagnosis)).toBe(true)
  expect(of(diagnosis, 'authentication')).toMatchObject([{ outcome: 'ok', target: gateway.address }])
  expect(of(diagnosis, 'certificate')[0]?.detail).toContain('issuer CN=Holdfast gateway')
  expect(gateway.verdicts).toEqual([null])
  expect(diagnosis.visitCode).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
})

test('without a portal it says so, and leaves nothing behind', async () => {
  expect(codes(await ask())).toEqual(['failed: not_joined'])
  expect(codes(await ask())).toEqual(['failed: not_joined'])
})

test('a link that is up stays up, and its proof counts', async () => {
  await site.online(gateway)
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual([])
  expect(of(diagnosis, 'authentication')[0]?.detail).toContain('the running agent is online')
  expect(gateway.verdicts).toEqual([null])
})

test('a port on which nothing listens', async () => {
  site.join(gateway, { addresses: ['127.0.0.1:1'] })
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual(['failed: connection_refused'])
  expect(of(diagnosis, 'tcp')).toMatchObject([{ target: '127.0.0.1:1' }])
})

test('one good address is enough, and the others are told', async () => {
  site.join(gateway, { addresses: ['127.0.0.1:1', gateway.address] })
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual(['notice: connection_refused'])
  expect(isWell(diagnosis)).toBe(true)
})

test('a name that nobody knows', async () => {
  site.join(gateway, { addresses: ['portal.invalid:16888'] })
  const [first] = codes(await ask())
  expect(first).toMatch(/^failed: (name_not_found|resolver_unreachable)$/)
})

test('a web server without TLS says what it is', async () => {
  const port = await listening(
    createHttpServer((_request, response) => response.writeHead(302, { server: 'nginx' }).end()),
  )
  site.join(gateway, { addresses: [`127.0.0.1:${port}`] })
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual(['failed: tls_to_plain'])
  expect(of(diagnosis, 'certificate')[0]?.detail).toContain('plain HTTP (302, nginx)')
})

test('a box that opens TLS is named by its certificate', async () => {
  const relay = await Relay.opening(Number(gateway.address.split(':')[1]), 'Fortinet')
  others.push(relay)
  site.join(gateway, { addresses: [relay.address] })
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual(['failed: tls_intercepted', 'failed: tls_intercepted'])
  expect(of(diagnosis, 'certificate')[0]?.detail).toMatch(/issuer CN=Fortinet.*SHA-256 [0-9a-f]{64}/)
})

test('another password', async () => {
  site.join(gateway, { password: 'correct horse batterx' })
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual(['failed: name_or_password_wrong'])
  expect(JSON.stringify(diagnosis)).not.toContain('batterx')
})

test('a copy of this machine that is online already', async () => {
  await gatewayWith({ refusal: { code: 'clone_refused' } })
  site.join(gateway, { certificate: '0'.repeat(64) })
  // That refusal came sealed, so the new certificate is the portal's own.
  expect(codes(await ask())).toEqual(['notice: certificate_changed', 'failed: clone_refused'])
})

test('a clock that is off, a certificate that has expired', async () => {
  const day = 86_400_000
  const certificate = makeCertificate({
    validFrom: new Date(Date.now() - 2 * day),
    validTo: new Date(Date.now() - day),
  })
  await gatewayWith({ clockAheadMs: day, certificate })
  site.join(gateway)
  const diagnosis = await ask()
  expect(codes(diagnosis)).toEqual(['notice: certificate_expired', 'notice: clock_skew'])
  expect(isWell(diagnosis)).toBe(true)
})

test('a port to listen on names who holds it', async () => {
  site.join(gateway)
  const listenPort = await listening(createServer())
  const [found] = of(await ask({ listenPort }), 'listening')
  expect(found).toMatchObject({ outcome: 'failed', code: 'listen_port_taken' })
  if (process.platform === 'linux') expect(found?.detail).toContain(`process ${process.pid}`)
})

test('a vault port that is closed', async () => {
  site.join(gateway)
  const vault = { address: '127.0.0.1:1', host: '127.0.0.1', port: 1 }
  expect(codes(await ask({ vault }))).toEqual(['failed: vault_unreachable'])
})

test('the port that the agent is set to listen on is looked at unasked', async () => {
  site.join(gateway)
  const port = await listening(createServer())
  site.withState((state) => state.listening.set({ address: '127.0.0.1', port, rule: null }))
  const [found] = of(await ask(), 'listening')
  expect(found).toMatchObject({ target: `127.0.0.1:${port}`, code: 'listen_port_taken' })
})

test('the proxy that was set for a portal is the one that is looked at', async () => {
  const { id } = site.join(gateway)
  const proxy = { kind: 'proxy', isSecure: false, host: '127.0.0.1', port: 1, credentials: null } as const
  site.withState((state) => state.portals.setProxy(id, proxy))
  const diagnosis = await ask({ env: { ...withoutProxy, NO_PROXY: '*' } })
  expect(codes(diagnosis)).toEqual(['failed: proxy_unreachable'])
  expect(of(diagnosis, 'proxy')[0]?.target).toContain('http://127.0.0.1:1')
})

test('a portal that dials this server is waited for, and the doctor says what keeps it out', async () => {
  const dialled = () => site.join(gateway, { addresses: [] })
  dialled()
  const deaf = await ask()
  expect(isWell(deaf)).toBe(false)
  expect(of(deaf, 'listening')[0]?.detail).toContain('holdfast-agent listen')
  expect(of(deaf, 'configuration')[0]?.detail).toContain('dialled by its portal')

  const port = await listening(createServer())
  await others.pop()?.[Symbol.asyncDispose]()
  site.withState((state) => state.listening.set({ address: '127.0.0.1', port, rule: null }))
  expect(codes(await ask())).toEqual(['failed: agent_not_running'])

  await site.startAgent()
  await site.told(/Waiting for a portal to dial/)
  const waiting = await ask()
  expect(isWell(waiting)).toBe(true)
  expect(of(waiting, 'listening').map(({ outcome }) => outcome)).toContain('notice')
  expect(diagnosisText(waiting)).toContain('Nothing blocks the way')
})

test('what two checks see of one trouble is told once, and the good is told shortly', async () => {
  const relay = await Relay.opening(Number(gateway.address.split(':')[1]), 'Fortinet')
  others.push(relay)
  site.join(gateway, { addresses: [relay.address] })
  const text = diagnosisText(await ask())
  expect(text.match(/\[tls_intercepted\]/g)).toHaveLength(1)
  expect(text.match(/ {4}issuer CN=Fortinet/g)).toHaveLength(1)
  expect(text).toContain('One thing stands in the way: Something opens the encrypted connection.')
  expect(text).toMatch(/Code for your provider: [0-9A-Z]{4}-[0-9A-Z]{4}\./)
  expect(text).toContain('! Agent')
})
