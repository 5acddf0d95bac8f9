/** Whoever speaks something else than an agent at the gateway's port, and an agent at something else than a gateway. */
import { WIRE } from '@holdfast/protocol'
import type { Socket } from 'socket.io-client'
import { altered } from '../../harness/join-tokens.ts'
import { say, sayPlainly } from '../../harness/knock.ts'
import { expect, testOnSharedPortal as test } from '../../harness/test.ts'
import { expectRefused } from '../../harness/words.ts'

const BEYOND_THE_HANDSHAKE = 'x'.repeat(20_000)
const BEYOND_EVERYTHING = 'x'.repeat(2 * 1024 * 1024)

const strangers = [
  ['a message before the handshake', 'handshake_expected', (it) => it.emit(WIRE.agentToPortal.reports, {})],
  ['a handshake that is none', 'malformed_message', (it) => it.emit(WIRE.handshake, '{"type":"hello"}')],
  [
    'a handshake that is too large',
    'message_too_large',
    (it) => it.emit(WIRE.handshake, BEYOND_THE_HANDSHAKE),
  ],
] as const satisfies [string, string, (socket: Socket) => void][]

for (const [what, code, words] of strangers) {
  test(`${what} is answered and logged`, async ({ portal }) => {
    await portal.owner()
    const since = new Date()
    expect(await say(portal.gateway, words)).toEqual([code])
    expect(await portal.untilLogged(code, '', { since })).toMatchObject({
      kind: 'attempt',
      address: '127.0.0.1',
    })
  })
}

test('a message that no buffer should hold is cut off and logged', async ({ portal }) => {
  await portal.owner()
  const since = new Date()
  expect(await say(portal.gateway, (it) => it.emit(WIRE.handshake, BEYOND_EVERYTHING))).toEqual([])
  await portal.untilLogged('message_too_large', '', { since })
})

test('plain HTTP to the encrypted port is told so in plain HTTP', async ({ portal }) => {
  await portal.owner()
  const since = new Date()
  const answer = await sayPlainly(portal.gateway, `GET / HTTP/1.1\r\nHost: ${portal.gateway}\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(answer).toContain('This port is encrypted: it speaks TLS only, and only with Holdfast agents.')
  await portal.untilLogged('plain_to_tls', '', { since })
})

test('an agent that dials the console, which does not speak TLS', async ({ portal, newSite }) => {
  const { joinToken } = await portal.addServer('wrongport/fs1')
  const console = new URL(portal.console).host
  const refused = await newSite('wrong-port').tryToJoin(altered(joinToken, { addresses: [console] }))
  expect(refused.stderr).toContain(console)
  expectRefused(refused, 'tls_to_plain')
})

test('an agent that dials where nobody listens', async ({ portal, newSite }) => {
  const { joinToken } = await portal.addServer('nobody/fs1')
  const site = newSite('nobody')
  const token = altered(joinToken, { addresses: ['127.0.0.1:1'] })
  expectRefused(await site.tryToJoin(token), 'connection_refused')

  await test.step('it can be told to go on trying, and then says why it is not connected', async () => {
    const kept = await site.command(['join', '--keep'], token)
    expect(kept.code, 'remembered, but not connected').toBe(4)
    await site.startAgent()
    const { portals } = await site.untilStatus('has tried', ({ portals }) => portals[0]?.code != null)
    expect(portals).toMatchObject([
      { code: 'connection_refused', detail: expect.stringContaining('127.0.0.1:1') },
    ])
    expect(await site.managementLog()).toContain('[connection_refused]')
    expect((await portal.serverPage('nobody/fs1')).link).toMatchObject({
      online: false,
      offlineCode: 'never_connected',
    })
  })
})
