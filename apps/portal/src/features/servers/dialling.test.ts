import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  codeOf,
  expectStrangersUnknown,
  problemOf,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'
import { dialAddress, listenCommand } from './dial-address.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const shown = async (serverId: string) => (await portal.acmeViewer.servers.get({ serverId })).dialAddress
const logged = async (serverId: string) =>
  (await portal.acmeViewer.managementLog.list({ serverId, code: 'server_changed' })).items

describe('a server that the portal is to dial', () => {
  beforeEach(async () => {
    await portal.owner.servers.setDialAddress({ serverId: portal.acme.server.id, dialAddress: null })
    portal.agents.dialling.splice(0)
  })

  test('is set, changed and taken away; each time the gateway is told, and the log says who did it', async () => {
    const serverId = portal.acme.server.id
    const before = (await logged(serverId)).length
    expect(
      await portal.technician.servers.setDialAddress({ serverId, dialAddress: 'FS1.acme.example' }),
    ).toEqual({
      dialAddress: 'fs1.acme.example:16888',
    })
    expect(await shown(serverId)).toBe('fs1.acme.example:16888')
    await portal.owner.servers.setDialAddress({ serverId, dialAddress: '[2001:db8::7]:443' })
    await portal.owner.servers.setDialAddress({ serverId, dialAddress: null })
    expect(await shown(serverId)).toBeNull()
    expect(portal.agents.dialling).toEqual([serverId, serverId, serverId])
    const entries = (await logged(serverId)).slice(0, -before || undefined)
    expect(entries.map(({ detail }) => detail)).toEqual([
      'It dials the portal.',
      'The portal dials it at [2001:db8::7]:443.',
      'The portal dials it at fs1.acme.example:16888.',
    ])
    expect(entries.map(({ actor }) => actor)).toEqual([
      portal.contexts.owner.session?.name,
      portal.contexts.owner.session?.name,
      portal.contexts.technician.session?.name,
    ])
  })

  test('said once more is no news', async () => {
    const serverId = portal.acme.server.id
    await portal.owner.servers.setDialAddress({ serverId, dialAddress: '192.0.2.7:16888' })
    const before = (await logged(serverId)).length
    await portal.owner.servers.setDialAddress({ serverId, dialAddress: '192.0.2.7' })
    expect(await logged(serverId)).toHaveLength(before)
    expect(portal.agents.dialling).toEqual([serverId])
  })

  test('gets a join token without addresses, because its agent dials nobody', async () => {
    const serverId = portal.acme.server.id
    expect((await portal.owner.servers.joinFacts({ serverId })).addresses).toEqual(['portal.example:16888'])
    await portal.owner.servers.setDialAddress({ serverId, dialAddress: '192.0.2.7:16888' })
    expect((await portal.owner.servers.joinFacts({ serverId })).addresses).toEqual([])
  })

  test('is one inbound line on the firewall sheet of its site', async () => {
    const { server, site } = portal.acme
    await portal.owner.servers.setDialAddress({ serverId: server.id, dialAddress: '192.0.2.7:16999' })
    const { sheet } = await portal.acmeViewer.firewallSheet.get({ siteId: site.id })
    expect(sheet.answer).toContain('Allow inbound TCP from the portal to one server.')
    const words = JSON.stringify(sheet)
    expect(words).toContain('192.0.2.7')
    expect(words).toContain('16999')
  })

  test('is unknown to strangers, and nobody is dialled for them', async () => {
    await expectStrangersUnknown(
      portal,
      ({ server }) => server.id,
      (caller, serverId) => caller.servers.setDialAddress({ serverId, dialAddress: '192.0.2.7:16888' }),
    )
    expect(portal.agents.dialling).toEqual([])
  })

  test('is no business of the customer’s own people', async () => {
    const input = { serverId: portal.acme.server.id, dialAddress: '192.0.2.7:16888' }
    expect(await codeOf(portal.acmeAdmin.servers.setDialAddress(input))).toBe('not_allowed')
    expect(await shown(input.serverId)).toBeNull()
  })

  test('at something that is no address is refused at its field', async () => {
    const serverId = portal.acme.server.id
    const { fields } = await problemOf(
      portal.owner.servers.setDialAddress({ serverId, dialAddress: 'http://192.0.2.7/' }),
    )
    expect(fields).toEqual({ dialAddress: [expect.stringContaining('Type a host name')] })
  })
})

describe('an address to dial', () => {
  test.each([
    ['fs1.acme.example', 'fs1.acme.example:16888'],
    [' FS1:443 ', 'fs1:443'],
    ['xn--bcher-kva.example:1', 'xn--bcher-kva.example:1'],
    ['192.0.2.7', '192.0.2.7:16888'],
    ['[2001:DB8::7]', '[2001:db8::7]:16888'],
    ['[::ffff:192.0.2.7]:65535', '[::ffff:192.0.2.7]:65535'],
  ])('%j is %s', (typed, address) => {
    expect(dialAddress.parse(typed)).toBe(address)
  })

  test.each([
    ...['', ':16888', 'fs1:', 'fs1:0', 'fs1:65536', 'fs1:1e3', 'fs1:+1', 'fs1:16888:1', 'fs1 .example:1'],
    ...['2001:db8::7', '2001:db8::7:16888', '[2001:db8::7', '[fe80::1%eth0]:1', '[192.0.2.7]:1', '[::::]:1'],
    ...['192.0.2.300:1', '192.0.2:1', '2130706433:1', '0x7f.1:1', '127.1:1', '1.2.3.4.5:1'],
    ...[
      'http://fs1',
      'fs1/x:1',
      'u@fs1:1',
      'fs1?:1',
      '-fs1:1',
      'fs1-:1',
      'fs1..example:1',
      'fs_1:1',
      'bücher.example:1',
    ],
    ...['fs1\n:1', 'fs1\u0000:1', `${'a'.repeat(64)}.example:1`, `${'a.'.repeat(127)}example:1`],
  ])('%j is none', (typed) => {
    expect(dialAddress.safeParse(typed).success).toBe(false)
  })

  test('tells the command for its port', () => {
    expect(listenCommand('fs1:16888')).toBe('holdfast-agent listen')
    expect(listenCommand('[2001:db8::7]:443')).toBe('holdfast-agent listen --port 443')
  })
})
