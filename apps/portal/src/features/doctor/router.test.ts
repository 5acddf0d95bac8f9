import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, problemOf, startTestConsole, type TestConsole } from '#testing/console.ts'
import { reachOf, reachOfIp } from './reach.ts'
import { standing } from './service.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
  const line = portal.knocks.begin('198.51.100.7', 40_001)
  portal.knocks.visited(line, '7k3m-q0zt')
  line.reached('challenged')
  // The name of a server of acme, said by somebody who has proven nothing.
  line.said({ name: `acme/${portal.acme.server.name}` })
  line.brokeOff('wrong_password')
  portal.knocks.begin('198.51.100.8', 40_002).brokeOff('tls_closed')
})
afterAll(() => portal.stop())

describe('the portal’s own doctor', () => {
  test('tells staff what listens, with which certificate, on which database', async () => {
    const seen = await portal.technician.doctor.portal()
    expect(seen).toMatchObject({
      linkCount: 3,
      listeners: [{ what: 'console' }, { what: 'gateway', address: '0.0.0.0:16888', isListening: true }],
      certificates: [{ what: 'gateway', state: 'good', sha256: 'ab'.repeat(32) }],
      database: { isEmbedded: true, serverCount: 2, version: expect.stringMatching(/^\d+/) },
      addresses: [{ address: 'portal.example:16888', forwardsTo: null }],
    })
    expect(seen.database.sizeBytes).toBeGreaterThan(1_000_000)
  })

  test('tells staff who knocked, and how far each got', async () => {
    for (const who of [portal.owner, portal.technician])
      expect(await who.doctor.knocks()).toMatchObject([
        { address: '198.51.100.8', reached: { tcp: 1, tls: 0 }, lastTrouble: { trouble: 'tls_closed' } },
        { address: '198.51.100.7', reached: { challenged: 1 }, lastTrouble: { trouble: 'wrong_password' } },
      ])
  })

  test('finds a run of an agent’s doctor, however its code is typed, with its neighbours', async () => {
    const { knocks, around } = await portal.owner.doctor.visit({ code: '7K3m qOzt' })
    expect(knocks).toMatchObject([{ address: '198.51.100.7', trouble: 'wrong_password' }])
    expect(around.map(({ address }) => address)).toEqual(['198.51.100.8', '198.51.100.7'])
    const { fields } = await problemOf(portal.owner.doctor.visit({ code: '7K3M' }))
    expect(fields.code).toEqual(['A code has eight letters and digits, for example 7K3M-Q0ZT.'])
  })

  test('says nothing to a customer’s people, not even about what claims their own name', async () => {
    for (const who of [portal.acmeAdmin, portal.acmeViewer])
      for (const answer of [who.doctor.portal(), who.doctor.knocks(), who.doctor.visit({ code: '7K3MQ0ZT' })])
        expect(await codeOf(answer)).toBe('not_allowed')
    expect(await codeOf(portal.nobody.doctor.knocks())).toBe('not_signed_in')
  })
})

describe('from where an address can be reached', () => {
  test.each([
    ['127.0.0.1', 'this_machine'],
    ['::1', 'this_machine'],
    ['10.1.2.3', 'own_network'],
    ['172.31.0.1', 'own_network'],
    ['172.32.0.1', 'anywhere'],
    ['192.168.1.1', 'own_network'],
    ['100.64.0.1', 'own_network'],
    ['fd00::1', 'own_network'],
    ['fe80::1', 'own_network'],
    ['203.0.113.5', 'anywhere'],
    ['2001:db8::5', 'anywhere'],
  ])('%s: %s', (ip, reach) => {
    expect(reachOfIp(ip)).toBe(reach)
  })

  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))

  test('a name reaches as far as the best of its addresses', async () => {
    const lookUp = async () => ['10.0.0.5', '203.0.113.5']
    expect(await reachOf('portal.example', lookUp)).toEqual({
      reach: 'anywhere',
      ips: ['10.0.0.5', '203.0.113.5'],
    })
    expect(await reachOf('portal.lan', async () => ['10.0.0.5'])).toMatchObject({ reach: 'own_network' })
    expect(await reachOf('typo.example', failing('ENOTFOUND'))).toMatchObject({ reach: 'nowhere' })
    expect(await reachOf('portal.example', failing('EAI_AGAIN'))).toMatchObject({ reach: 'unsure' })
  })
})

test.each([
  ['2026-12-31', 'good', 365],
  ['2026-01-29', 'soon', 29],
  ['2025-12-31', 'soon', 0],
  ['2025-12-30', 'expired', -1],
])('a certificate that ends on %s: %s', (end, state, daysLeft) => {
  const now = new Date('2025-12-31T12:00:00Z')
  expect(standing(new Date(`${end}T13:00:00Z`), now)).toMatchObject({ state, daysLeft })
})
