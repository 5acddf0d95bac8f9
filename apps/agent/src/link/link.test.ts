import { createHash } from 'node:crypto'
import { type Fact, serverName, WIRE } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { refusedBy } from '../permission.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'
import { parseProxy } from './proxy.ts'
import { makeCertificate } from './testing/certificate.ts'
import { type GatewayOptions, NAME, TestGateway } from './testing/gateway.ts'
import { TestProxy } from './testing/proxy.ts'
import { Relay } from './testing/relay.ts'

let site: Site
let gateway: TestGateway

beforeEach(async () => {
  site = new Site()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

/** The same portal in another mood, on the same port. */
async function restartGateway(options: GatewayOptions = {}): Promise<void> {
  const { port, registration, certificate } = gateway
  await gateway.stop()
  gateway = await TestGateway.start({ port, registration, certificate, ...options })
}

const hashOf = (der: Buffer) => createHash('sha256').update(der).digest('hex')
const linkOf = () => site.agent.status.portals[0]
const write = (fact: Fact) => {
  const [portal] = site.agent.state.portals.all()
  site.agent.state.outbox.add(portal?.id ?? '', fact)
}
const fact = (detail: string): Fact => ({
  type: 'repositoryChanged',
  repositoryId: REPOSITORY_ID,
  state: 'ready',
  code: null,
  detail,
})
const details = () => gateway.facts.map((seen) => ('detail' in seen ? seen.detail : ''))

describe('a link', () => {
  test('comes up, and both ends know each other', async () => {
    await site.online(gateway)
    await site.told(/^Online/)
    expect(gateway.verdicts).toEqual([null])
    expect(linkOf()).toMatchObject({ state: 'online', displayName: "Bill's IT service", code: null })
    expect(linkOf()?.lastProofAt).toBeGreaterThan(Date.now() - 10_000)
    expect(site.agent.state.portals.all()[0]).toMatchObject({ certificate: hashOf(gateway.certificate.der) })
  })

  test('comes back by itself when the portal is killed, with a higher session', async () => {
    await site.online(gateway)
    gateway.kill()
    await site.told('connection_lost')
    await gateway.until(() => gateway.hellos.length === 2)
    await gateway.agentOnline()
    const [first, second] = gateway.hellos
    expect(second?.instance).toBe(first?.instance)
    expect(second?.session).toBeGreaterThan(first?.session ?? 0)
  })

  test('comes back when the portal was away for a while', async () => {
    const { port, registration } = gateway
    await site.online(gateway)
    await gateway.stop()
    await site.told('connection_refused')
    expect(linkOf()).toMatchObject({ state: expect.stringMatching(/offline|dialing/) })
    gateway = await TestGateway.start({ port, registration })
    await gateway.agentOnline()
  })

  test('tries the next address at once when one does not answer', async () => {
    await site.online(gateway, { addresses: ['127.0.0.1:1', gateway.address] })
    expect(linkOf()?.address).toBe(gateway.address)
  })

  test('begins with the address that worked last, also after a restart of the agent', async () => {
    await site.online(gateway, { addresses: ['127.0.0.1:1', gateway.address] })
    await site.told(/^Online/)
    await site.stopAgent()
    await gateway.agentOffline()
    site.news.length = 0
    await site.startAgent()
    await gateway.agentOnline()
    await site.told(/^Online/)
    expect(site.news.map(({ code }) => code)).not.toContain('connection_refused')
  })

  test('gives up an address that worked for another one when it has to', async () => {
    const other = await TestGateway.start({ registration: gateway.registration })
    await site.online(gateway, { addresses: [gateway.address, other.address] })
    await gateway.stop()
    await other.agentOnline()
    await site.until(() => linkOf()?.address === other.address)
    await site.stopAgent()
    await other.stop()
  })

  test('finds a way past a box that opens TLS, if an address leads there', async () => {
    await using box = await Relay.opening(gateway.port, 'Fortinet')
    await site.online(gateway, { addresses: [box.address, gateway.address] })
    expect(linkOf()?.address).toBe(gateway.address)
    await site.told('tls_intercepted')
  })

  test('goes through the proxy that was set for its portal', async () => {
    await using proxy = await TestProxy.start({ credentials: 'agent:sesame' })
    const setting = parseProxy(`http://agent:sesame@${proxy.host}`)
    if (setting === null) throw new Error('no proxy')
    const { id } = site.join(gateway)
    site.withState(({ portals }) => portals.setProxy(id, { kind: 'proxy', ...setting }))
    await site.startAgent()
    await gateway.agentOnline()
    const { text } = await site.told(/^Online/)
    expect(text).toBe(`Online at ${gateway.address} through http://${proxy.host}`)
    expect(linkOf()).toMatchObject({ proxy: `http://${proxy.host}`, ip: null })
  })

  test('that goes silent is noticed', async () => {
    await restartGateway({ pingIntervalMs: 100, pingTimeoutMs: 100 })
    await using relay = await Relay.plain(gateway.port)
    await site.online(gateway, { addresses: [relay.address] })
    relay.freeze()
    await site.told('ping_timeout')
  })

  test('ends when the agent stops, and the portal hears it at once', async () => {
    await site.online(gateway)
    await site.stopAgent()
    await gateway.agentOffline()
    expect(site.news.map(({ code }) => code)).toContain('agent_stopped')
  })

  test('goes when the portal says goodbye, and comes back when it was asked to', async () => {
    await site.online(gateway)
    await gateway.send(WIRE.portalToAgent.goodbye, { code: 'portal_closing', comeBackInMs: 300 })
    await site.until(() => linkOf()?.state === 'draining')
    const goneAt = Date.now()
    gateway.kill()
    await site.told('portal_closing')
    await gateway.until(() => gateway.hellos.length === 2)
    expect(Date.now() - goneAt).toBeGreaterThanOrEqual(290)
  })
})

describe('a handshake that fails', () => {
  test('for a wrong password says the same as for an unknown name', async () => {
    site.join(gateway, { password: 'correct horse batterx' })
    await site.startAgent()
    await site.told('name_or_password_wrong')
    await gateway.until(() => gateway.verdicts.length > 0)
    expect(gateway.verdicts[0]).toEqual({ code: 'wrong_password' })
    expect(linkOf()).toMatchObject({ code: 'name_or_password_wrong' })
  })

  test('for an unknown name', async () => {
    site.join(gateway, { name: 'acme/nobody' })
    await site.startAgent()
    await site.told('name_or_password_wrong')
  })

  test('because a box opens TLS names the box', async () => {
    await using box = await Relay.opening(gateway.port, 'Fortinet')
    site.join(gateway, { addresses: [box.address] })
    await site.startAgent()
    const { text } = await site.told('tls_intercepted')
    expect(text).toContain('CN=Fortinet')
    expect(gateway.verdicts[0]).toMatchObject({
      code: 'tls_intercepted',
      detail: expect.stringContaining('CN=Fortinet'),
    })
  })

  test('because another machine is online waits as long as the portal asks', async () => {
    await restartGateway({ refusal: { code: 'clone_refused', retryAfterMs: 3_600_000 } })
    site.join(gateway)
    await site.startAgent()
    await site.told('clone_refused')
    await site.until(() => linkOf()?.nextDialAt !== null)
    expect(linkOf()?.nextDialAt).toBeGreaterThan(Date.now() + 3_000_000)
    expect(gateway.hellos).toHaveLength(1)
  })

  test('because something speaks before it has proved itself reads nothing of it', async () => {
    gateway.onConnection((socket) => socket.emit(WIRE.portalToAgent.plans, { plans: [] }))
    site.join(gateway)
    await site.startAgent()
    await site.told('handshake_expected')
  })

  test('because the portal refuses before anything was said keeps its reason', async () => {
    const sealed = JSON.stringify({ code: 'portal_busy', retryAfterMs: 3_600_000 })
    gateway.onConnection((socket) => {
      socket.emit(WIRE.handshake, JSON.stringify({ type: 'refused', sealed, mac: null }))
      socket.disconnect(true)
    })
    site.join(gateway)
    await site.startAgent()
    await site.told('portal_busy')
    await site.until(() => linkOf()?.nextDialAt !== null)
    expect(linkOf()).toMatchObject({ state: 'offline', code: 'portal_busy' })
    // Its own waits are far shorter here.
    expect((linkOf()?.nextDialAt ?? 0) - Date.now()).toBeGreaterThan(5_000)
  })

  test.each([
    ['no text', 17],
    ['nonsense', 'hello?'],
    ['a message of another step', JSON.stringify({ type: 'welcome', sealed: '{}', mac: '0'.repeat(64) })],
  ])('because the portal sends %s', async (_, message) => {
    gateway.onConnection((socket) => socket.emit(WIRE.handshake, message))
    site.join(gateway)
    await site.startAgent()
    await site.told('malformed_message')
  })
})

describe('a notice', () => {
  test('is given when the portal has proved itself with another certificate than last time', async () => {
    await site.online(gateway)
    await restartGateway({ certificate: makeCertificate() })
    await gateway.agentOnline()
    await site.told('certificate_changed')
    await gateway.until(() => gateway.machines.some(({ notices }) => notices.includes('certificate_changed')))
    expect(site.agent.state.portals.all()[0]).toMatchObject({ certificate: hashOf(gateway.certificate.der) })
  })

  test('is given when the certificate differs from the one in the join token', async () => {
    await site.online(gateway, { certificate: 'a'.repeat(64) })
    await site.told('certificate_changed')
  })

  test('is given for an expired certificate, and the link stands all the same', async () => {
    await restartGateway({
      certificate: makeCertificate({ validFrom: new Date('2020-01-01'), validTo: new Date('2021-01-01') }),
    })
    await site.online(gateway)
    await site.told('certificate_expired')
    expect(linkOf()).toMatchObject({ state: 'online', notices: ['certificate_expired'] })
  })

  test('is given for a clock that is wrong by a day', async () => {
    await restartGateway({ clockAheadMs: 86_400_000 })
    await site.online(gateway)
    await site.told('clock_skew')
  })
})

describe('reports', () => {
  test('that were written while there was no link are sent in order, once', async () => {
    site.join(gateway)
    site.withState((state) => {
      const [portal] = state.portals.all()
      for (let index = 1; index <= 450; index += 1) state.outbox.add(portal?.id ?? '', fact(String(index)))
    })
    await site.startAgent()
    await gateway.until(() => gateway.reports.length >= 450)
    expect(details()).toEqual(Array.from({ length: 450 }, (_, index) => String(index + 1)))
    await site.until(() => linkOf()?.reportsWaiting === 0)
  })

  test('go out as they are written', async () => {
    await site.online(gateway)
    write(fact('one'))
    await gateway.until(() => details().includes('one'))
    write(fact('two'))
    await gateway.until(() => details().includes('two'))
    expect(details()).toEqual(['one', 'two'])
  })

  test('that come too fast for the portal wait as long as it asks, and the link stands', async () => {
    await restartGateway({ refusesBatches: 2 })
    site.join(gateway)
    site.withState((state) => {
      const [portal] = state.portals.all()
      for (const text of ['one', 'two']) state.outbox.add(portal?.id ?? '', fact(text))
    })
    await site.startAgent()
    await gateway.until(() => details().includes('two'))
    expect(details()).toEqual(['one', 'two'])
    expect(gateway.hellos).toHaveLength(1)
    await site.until(() => linkOf()?.reportsWaiting === 0)
  })

  test('whose acknowledgement was lost are not applied twice', async () => {
    await restartGateway({ acknowledges: false })
    await site.online(gateway)
    write(fact('one'))
    await gateway.until(() => details().includes('one'))
    const appliedThrough = gateway.reports.at(-1)?.sequence ?? 0
    expect(linkOf()?.reportsWaiting).toBe(1)
    await restartGateway({ appliedThrough })
    await gateway.agentOnline()
    await site.until(() => linkOf()?.reportsWaiting === 0)
    write(fact('two'))
    await gateway.until(() => details().includes('two'))
    expect(details()).toEqual(['two'])
  })

  test('stay here when the policy does not let the portal observe', async () => {
    await site.online(gateway)
    write(fact('open'))
    await gateway.until(() => details().includes('open'))
    const [portal] = site.agent.state.portals.all()
    site.agent.state.portals.setPolicy(portal?.id ?? '', { ...DEFAULT_POLICY, observe: false })
    write(fact('secret'))
    await gateway.query({ kind: 'browse', folder: null, after: null })
    expect(details()).toEqual(['open'])
    expect(linkOf()?.reportsWaiting).toBe(1)
  })

  test('of a state that came back from a backup begin a new journal', async () => {
    await restartGateway({ appliedThrough: 1_000 })
    site.join(gateway)
    const before = site.withState((state) => state.portals.all()[0]?.journalId)
    await site.startAgent()
    await site.told(/came back from a backup/)
    await site.until(() => site.agent.state.portals.all()[0]?.journalId !== before)
  })
})

describe('what a portal sends', () => {
  test.each([
    [WIRE.portalToAgent.plans, { plans: 'all of them' }],
    [WIRE.portalToAgent.goodbye, { code: 17 }],
    ['portalToAgent.selfDestruct', {}],
  ])('on %s is logged when it is not understood, and nothing comes of it', async (event, payload) => {
    await site.online(gateway)
    await gateway.send(event, payload)
    await site.told('malformed_message')
    expect(linkOf()?.state).toBe('online')
  })

  test('beyond a megabyte ends the link with its reason', async () => {
    await site.online(gateway)
    await gateway.send('portalToAgent.plans', { plans: 'x'.repeat(2 * 1024 * 1024) })
    await site.told('message_too_large')
  })

  test('as plans is kept, answered and reported', async () => {
    await site.online(gateway)
    const plan = {
      id: PLAN_ID,
      revision: 3,
      name: 'Daily',
      repositoryId: REPOSITORY_ID,
      sources: ['/srv/data'],
    }
    const held = [{ planId: PLAN_ID, revision: 3 }]
    expect(await gateway.plans([plan])).toEqual({ held })
    expect(await gateway.fact('plansHeld')).toMatchObject({ held })
    expect(await gateway.plans([])).toEqual({ held: [] })
    expect(linkOf()?.plans).toEqual([])
  })

  test('as plans is refused where the portal may not configure', async () => {
    site.join(gateway)
    site.withState((state) => {
      const [portal] = state.portals.all()
      state.portals.setPolicy(portal?.id ?? '', { ...DEFAULT_POLICY, configure: false })
    })
    await site.startAgent()
    const plan = { id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID, sources: ['/'] }
    expect(await gateway.plans([plan])).toEqual({ held: [], refused: refusedBy('configure', NAME) })
    await site.told('policy_refused')
    expect(await gateway.plans([])).toEqual({ held: [] })
  })
})

describe('several portals', () => {
  const joinBoth = (other: TestGateway) => {
    const first = site.join(gateway)
    site.withState((state) => state.portals.proven(first.id, 'First', 'a'.repeat(64)))
    return [first, site.join(other)] as const
  }

  test('count reports apart: one that claims to have had more than there were does not disturb the other', async () => {
    const other = await TestGateway.start({ appliedThrough: 1_000 })
    const [first, second] = joinBoth(other)
    await site.startAgent()
    await gateway.agentOnline()
    await site.told(/came back from a backup/)
    const { portals } = site.agent.state
    expect(portals.find(first.id)?.journalId).toBe(first.journalId)
    expect(portals.find(second.id)?.journalId).not.toBe(second.journalId)
    expect(first.journalId).not.toBe(second.journalId)
    write(fact('for the first'))
    await gateway.until(() => details().includes('for the first'))
    expect(gateway.hellos, 'on the link that it had').toHaveLength(1)
    await site.stopAgent()
    await other.stop()
  })

  test('do not learn what became of each other’s commands', async () => {
    const other = await TestGateway.start()
    joinBoth(other)
    await site.startAgent()
    await Promise.all([gateway.agentOnline(), other.agentOnline()])
    const command = site.backUpNow()
    const receipt = await gateway.command(command)
    expect(receipt).toMatchObject({ code: 'plan_unknown' })
    expect(await gateway.command(command)).toEqual(receipt)
    expect(await other.command(command)).toMatchObject({ outcome: 'refused', code: 'malformed_message' })
    await site.stopAgent()
    await other.stop()
  })

  test('are linked at the same time, each with its own', async () => {
    const other = await TestGateway.start()
    site.join(gateway)
    site.withState((state) => {
      state.portals.proven(state.portals.all()[0]?.id ?? '', 'First', 'a'.repeat(64))
      state.portals.join({
        name: serverName.parse(NAME),
        addresses: [other.address],
        password: 'correct horse battery',
        certificate: null,
      })
    })
    await site.startAgent()
    await Promise.all([gateway.agentOnline(), other.agentOnline()])
    write(fact('for the first'))
    await gateway.until(() => details().includes('for the first'))
    expect(other.reports).toEqual([])
    await site.stopAgent()
    await other.stop()
  })

  test('that were left are linked no more', async () => {
    const agent = await site.online(gateway)
    agent.state.portals.leave(agent.state.portals.all()[0]?.id ?? '')
    await agent.takeUpPortals()
    await gateway.agentOffline()
    expect(agent.status.portals).toEqual([])
  })
})
