import { mkdtemp, rm } from 'node:fs/promises'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { portalToAgent, WIRE } from '@holdfast/protocol'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ownCertificate } from '#keys/gateway-certificate.ts'
import { KeyFolder } from '#keys/key-folder.ts'
import { ListeningAgent, type ListeningOptions } from './testing/listening-agent.ts'
import { PASSWORD, TestPortal, type TestServer } from './testing/portal.ts'

const QUICK = { dialing: { firstMs: 5, mostMs: 50 } }

let portal: TestPortal
let server: TestServer
const listening: ListeningAgent[] = []
const others: Server[] = []

beforeAll(async () => {
  portal = await TestPortal.start(QUICK)
})
afterAll(() => portal.stop())
beforeEach(async () => {
  server = await portal.addServer()
})
afterEach(async () => {
  await portal.setDialAddress(server, null)
  await Promise.all(listening.splice(0).map((agent) => agent.stop()))
  for (const other of others.splice(0)) other.close()
})

async function listeningAgent(options: Partial<ListeningOptions> = {}): Promise<ListeningAgent> {
  const agent = await ListeningAgent.start({ password: PASSWORD, ...options })
  listening.push(agent)
  return agent
}

/** One that the portal has dialled and challenged, and that gives its proof when it is told to go on. */
async function inTheMiddle() {
  const challenged = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const beforeProof = () => {
    challenged.resolve()
    return held.promise
  }
  const agent = await listeningAgent({ beforeProof })
  await portal.setDialAddress(server, agent.address)
  await challenged.promise
  return { agent, goOn: held.resolve }
}

async function addressOf(other: Server): Promise<string> {
  others.push(other)
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(other.address() as AddressInfo).port}`
}

const codes = async () => (await portal.logOf(server.name)).map(({ kind, code }) => `${kind} ${code}`)
const linked = () => expect.poll(() => portal.gateway.link(server.row.id)?.isOnline ?? false).toBe(true)

describe('a server that the portal dials', () => {
  test('comes up by the same handshake, and is a link like any other', async () => {
    const agent = await listeningAgent({ pingIntervalMs: 100 })
    await portal.setDialAddress(server, agent.address)
    await linked()
    expect(agent.calls).toEqual([server.name])
    expect(await portal.presenceOf(server)).toMatchObject({
      online: true,
      isDialled: true,
      address: agent.address,
      instance: agent.instance,
      hostname: 'fs1.acme.test',
    })
    const heardAt = portal.gateway.link(server.row.id)?.lastHeardAt?.getTime() ?? 0
    const heardAgain = () => portal.gateway.link(server.row.id)?.lastHeardAt?.getTime()
    await expect.poll(heardAgain).toBeGreaterThan(heardAt)
    const [socket] = agent.links
    socket?.on(WIRE.portalToAgent.plans, (_payload, acknowledge: (answer: unknown) => void) =>
      acknowledge({ held: [] }),
    )
    const asked = portal.gateway.link(server.row.id)?.request(WIRE.portalToAgent.plans, { plans: [] }, 5_000)
    expect(await asked).toEqual({ held: [] })
    expect(await codes()).toEqual(['link online'])
  })

  test('is dialled again when the link is lost, and after a restart of the portal', async () => {
    const agent = await listeningAgent()
    await portal.setDialAddress(server, agent.address)
    await linked()
    // The portal knows of the link a moment before the agent does.
    await expect.poll(() => agent.links.length).toBe(1)
    agent.links[0]?.conn.close(true)
    await expect.poll(() => agent.links.length).toBe(2)
    await linked()
    const goodbye = new Promise((resolve) => agent.links[1]?.once(WIRE.portalToAgent.goodbye, resolve))
    await portal.gateway.close()
    expect(portalToAgent.goodbye.parse(await goodbye)).toMatchObject({ code: 'portal_closing' })
    await portal.startGateway(QUICK)
    await linked()
    await expect.poll(() => agent.links.length).toBe(3)
  })

  test('is dialled no more, and no less, than its address says', async () => {
    const [first, second] = [await listeningAgent(), await listeningAgent()]
    await portal.setDialAddress(server, first.address)
    await linked()
    await portal.setDialAddress(server, null)
    portal.gateway.cut(server.row.id, 'password_changed')
    await expect.poll(() => portal.gateway.link(server.row.id)).toBeNull()
    await portal.setDialAddress(server, second.address)
    await linked()
    expect(first.calls).toHaveLength(1)
    expect(second.calls).toHaveLength(1)
  })

  test('is left alone while it is linked by its own dial, and dialled when that is over', async () => {
    const own = portal.agent(server)
    const link = await own.dial()
    const agent = await listeningAgent({ instance: own.instance })
    await portal.setDialAddress(server, agent.address)
    const closed = await listeningAgent()
    // Another server that is dialled meanwhile shows that there was time for it.
    const witness = await portal.addServer()
    await portal.setDialAddress(witness, closed.address)
    await expect.poll(() => closed.links.length).toBe(1)
    await portal.setDialAddress(witness, null)
    expect(agent.calls).toEqual([])
    expect(await portal.presenceOf(server)).toMatchObject({ online: true, isDialled: false })
    link.close()
    await expect.poll(() => agent.links.length).toBe(1)
  })

  test('keeps one link when both dial in the same moment: the greater session number', async () => {
    const { agent, goOn } = await inTheMiddle()
    const own = portal.agent(server, { instance: agent.instance })
    const link = await own.dial({ session: 7 })
    goOn()
    await expect.poll(() => agent.endings).toEqual(['session_stale'])
    expect(portal.gateway.link(server.row.id)?.facts).toMatchObject({ isDialled: false, session: 7 })
    link.close()
  })

  test('that is another machine than the one that is linked is refused as a clone', async () => {
    const { agent: clone, goOn } = await inTheMiddle()
    const link = await portal.agent(server).dial()
    goOn()
    await expect.poll(() => clone.endings).toEqual(['clone_refused'])
    expect(portal.gateway.link(server.row.id)?.facts.isDialled).toBe(false)
    await expect.poll(codes).toContain('attempt clone_refused')
    link.close()
  })
})

describe('a dial that fails is logged with its code, and nothing else that was seen', () => {
  const logged = async (code: string) => {
    await expect.poll(codes).toContain(`attempt ${code}`)
    const row = (await portal.logOf(server.name)).find((entry) => entry.code === code)
    expect(row).toMatchObject({ serverId: server.row.id, subject: server.name })
    return row
  }

  test('nobody listens: one row, that counts', async () => {
    const nobody = createServer()
    const address = await addressOf(nobody)
    await new Promise((resolve) => nobody.close(resolve))
    await portal.setDialAddress(server, address)
    const row = await logged('connection_refused')
    expect(row).toMatchObject({ address, detail: 'The portal dialled.' })
    await expect
      .poll(async () => (await portal.logOf(server.name)).map(({ count }) => count > 2))
      .toEqual([true])
  })

  test('no TLS there', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => {})
      socket.end('SSH-2.0-OpenSSH_9.2 secret banner\r\n')
    })
    await portal.setDialAddress(server, await addressOf(plain))
    expect(JSON.stringify(await logged('tls_to_plain'))).not.toContain('banner')
  })

  test('a web server that is none of ours', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-dialer-'))
    const { certificate: cert, key } = await ownCertificate(await KeyFolder.open(join(folder, 'keys')))
    await rm(folder, { recursive: true })
    const web = createHttpsServer({ cert, key }, (_request, response) => {
      response.writeHead(403, { server: 'secret-appliance/1.0' }).end('secret page')
    })
    await portal.setDialAddress(server, await addressOf(web))
    expect(JSON.stringify(await logged('unexpected_response'))).not.toContain('secret')
  })

  test('another password', async () => {
    const agent = await listeningAgent({ password: 'something else entirely' })
    await portal.setDialAddress(server, agent.address)
    await logged('wrong_password')
    expect(portal.gateway.link(server.row.id)).toBeNull()
  })

  test('somebody who answers as another server, with the right password of that one', async () => {
    const other = await portal.addServer()
    const agent = await listeningAgent({ name: other.name })
    await portal.setDialAddress(server, agent.address)
    await logged('malformed_message')
    expect(portal.gateway.link(other.row.id)).toBeNull()
  })

  test('a box that ends TLS in between is named by the certificate that the portal saw', async () => {
    const agent = await listeningAgent({ certificateSha256: '0'.repeat(64) })
    await portal.setDialAddress(server, agent.address)
    const row = await logged('tls_intercepted')
    expect(row?.detail).toContain('CN=Holdfast gateway')
    expect(row?.detail).not.toContain('0'.repeat(64))
  })

  test('an agent that would ping so rarely that nobody sees it die', async () => {
    const agent = await listeningAgent({ pingIntervalMs: 3_600_000 })
    await portal.setDialAddress(server, agent.address)
    await logged('unexpected_response')
    expect(agent.calls).toEqual([])
  })
})
