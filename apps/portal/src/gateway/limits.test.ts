import { once } from 'node:events'
import { connect } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { type Fact, WIRE } from '@holdfast/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { SILENCE } from './doorstep.ts'
import { TestPortal } from './testing/portal.ts'

/** Ends with the test. */
async function portalWith(limits: Parameters<typeof TestPortal.start>[0]): Promise<TestPortal> {
  const portal = await TestPortal.start(limits)
  onTestFinished(() => portal.stop())
  return portal
}

/** Has the challenge, and says nothing any more. */
const forEver = () => new Promise<void>(() => {})

test('guesses at a name are limited, but never for the installation that was proven last', async () => {
  const limited = await portalWith({ attemptsByName: { capacity: 2, refillMs: 60_000 } })
  const server = await limited.addServer()
  const agent = limited.agent(server)
  const link = await agent.dial()
  link.close()
  await expect.poll(() => limited.presenceOf(server)).toMatchObject({ online: false })

  const guesser = limited.agent(server, { password: 'wrong wrong wrong' })
  expect((await guesser.refusal()).code).toBe('name_or_password_wrong')
  expect((await guesser.refusal()).code).toBe('name_or_password_wrong')
  const refusal = await guesser.refusal()
  expect(refusal.code).toBe('too_many_attempts')
  expect(refusal.retryAfterMs).toBeGreaterThan(50_000)
  expect(refusal.retryAfterMs).toBeLessThanOrEqual(60_000)

  const back = await agent.dial()
  expect(back.socket.connected).toBe(true)
  back.close()
})

test('guesses from an address are limited, and successes are free', async () => {
  const limited = await portalWith({ attemptsByAddress: { capacity: 2, refillMs: 60_000 } })
  const server = await limited.addServer()
  const agent = limited.agent(server)
  for (let dial = 0; dial < 5; dial += 1) (await agent.dial()).close()
  const [customer] = server.name.split('/')
  for (const name of ['a', 'b'])
    expect((await limited.agent({ ...server, name: `${customer}/${name}` }).refusal()).code).toBe(
      'name_or_password_wrong',
    )
  expect(await agent.refusal()).toMatchObject({
    code: 'too_many_attempts',
    retryAfterMs: expect.any(Number),
  })
})

test('who finds the door full is told when to come back, and it is not held against him', async () => {
  const limited = await portalWith({
    entrance: { insideMax: 1, loginsPerTurn: 1, comeBackMs: { min: 3_000, max: 4_000 } },
    attemptsByAddress: { capacity: 2, refillMs: 60_000 },
  })
  const server = await limited.addServer()
  const slow = limited.agent(server).dial({ beforeProof: forEver })
  slow.catch(() => {})
  const other = limited.agent(server)
  await expect
    .poll(() => other.refusal())
    .toMatchObject({ code: 'portal_busy', retryAfterMs: expect.any(Number) })
  for (let n = 0; n < 5; n += 1) expect((await other.refusal()).code).toBe('portal_busy')
})

test('who does not finish the handshake in time is turned away', async () => {
  const limited = await portalWith({ handshakeMs: 200 })
  const server = await limited.addServer()
  expect((await limited.agent(server).refusal({ beforeProof: forEver })).code).toBe('handshake_timeout')
  expect((await limited.logOf(server.name)).map(({ code }) => code)).toEqual(['handshake_timeout'])
})

test('who reports faster than he may is asked to wait, and keeps his link', async () => {
  const limited = await portalWith({ reportPace: { inARow: 10, perSecond: 1_000 } })
  const server = await limited.addServer()
  const agent = limited.agent(server)
  const link = await agent.dial()
  const held = (count: number) =>
    agent.reports(...Array.from({ length: count }, (): Fact => ({ type: 'plansHeld', held: [] })))
  expect(await link.report(held(8))).toBe(8)
  const more = held(10)
  const answers = [await link.reportReceipt(held(100)), await link.reportReceipt(held(100))]
  for (const answer of answers)
    expect(answer).toMatchObject({
      appliedThrough: 8,
      refused: { code: 'too_many_reports', retryAfterMs: expect.any(Number) },
    })
  await expect.poll(() => link.report(more)).toBe(18)
  expect(await limited.presenceOf(server)).toMatchObject({ online: true })
  expect((await limited.logOf(server.name)).map(({ code, count }) => [code, count > 1])).toContainEqual([
    'too_many_reports',
    true,
  ])
  link.close()
})

test('who asks to be let report again and again, and does not wait, loses his link', async () => {
  const limited = await portalWith({ reportPace: { inARow: 10, perSecond: 1 } })
  const server = await limited.addServer()
  const agent = limited.agent(server)
  const link = await agent.dial()
  const held: Fact = { type: 'plansHeld', held: [] }
  const tooMany = agent.reports(...Array.from({ length: 20 }, () => held))
  for (let n = 0; n < 2_000; n += 1) void link.report(tooMany).catch(() => {})
  await link.ended
  await expect
    .poll(() => limited.presenceOf(server))
    .toMatchObject({ online: false, offlineCode: 'malformed_message' })
})

test('who asks and takes no answer loses his link before the answers pile up', async () => {
  const limited = await portalWith({ untakenMax: 50 })
  const server = await limited.addServer()
  const agent = limited.agent(server)
  const link = await agent.dial()
  const ours = limited.gateway.link(server.row.id) ?? expect.fail('no link')
  link.takeNothing()
  // More than what fits on the way between two ends of a connection.
  for (let n = 0; n < 20; n += 1) ours.send(WIRE.portalToAgent.plans, { plans: ['x'.repeat(1024 * 1024)] })
  for (let sent = 1; ours.isOnline; sent += 1) {
    void link.report(agent.reports({ type: 'plansHeld', held: [] })).catch(() => {})
    while (ours.isOnline && (await limited.reportedThrough(server)) < sent);
  }
  const online = { online: false, offlineCode: 'malformed_message' }
  expect(await limited.presenceOf(server)).toMatchObject(online)
  expect((await limited.logOf(server.name)).map(({ detail }) => detail)).toContain('takes no answers')
  link.close()
})

test.each([
  ['what there is not', '/x', 'websocket'],
  ['a vault without a token', '/vault/x', 'holdfast-vault'],
])(
  'who asks for an upgrade to %s, and goes on talking when he is refused, is cut',
  async (_, path, upgrade) => {
    const limited = await portalWith({
      silence: { ...SILENCE, standMs: 500 },
    })
    const at = { port: limited.port, host: '127.0.0.1', rejectUnauthorized: false }
    // Does not end its own side because the other has.
    const open: ConnectionOptions & { allowHalfOpen: boolean } = { ...at, allowHalfOpen: true }
    const socket = connectTls(open).on('error', () => {})
    const cut = new Promise<void>((resolve) => socket.resume().once('close', () => resolve()))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: portal\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\n\r\n`)
    const talking = setInterval(() => socket.write('x'), 20)
    await cut
    clearInterval(talking)
  },
)

test('who opens many connections and says nothing leaves room for others, and for whoever speaks', async () => {
  const limited = await portalWith({ silence: { ...SILENCE, perAddressMax: 3, countsThisMachine: true } })
  const { port } = limited
  const server = await limited.addServer()
  const links = [await limited.agent(server).dial(), await limited.agent(await limited.addServer()).dial()]
  const silent = () => connect(port, '127.0.0.1').on('error', () => {})
  const first = [silent(), silent(), silent()]
  await Promise.all(first.map((socket) => once(socket, 'connect')))
  const tooMany = silent()
  await once(tooMany, 'close')
  expect(first.every(({ readyState }) => readyState === 'open')).toBe(true)
  expect((await limited.logOf('')).map(({ code, address }) => [code, address])).toContainEqual([
    'too_many_attempts',
    '127.0.0.1',
  ])
  first[0]?.destroy()
  const other = limited.agent(await limited.addServer())
  await expect
    .poll(() =>
      other.dial().then(
        () => 'in',
        () => 'out',
      ),
    )
    .toBe('in')
  for (const socket of first) socket.destroy()
  expect(links.every(({ socket }) => socket.connected)).toBe(true)
  for (const link of links) link.close()
})
