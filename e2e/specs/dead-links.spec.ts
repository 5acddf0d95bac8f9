/**
 * How soon a link that is dead is seen to be: at once when the other end dies, and within 25 s when it only falls silent
 * while its connection stays open, as behind a firewall that forgets it. At both ends, and without taking a link for
 * dead that is not.
 */
import { expect, test } from '../harness/test.ts'

const SILENT_MS = 25_000
const DEAD_MS = 2_000

test('a silent agent, a silent portal, and a server beside them that nothing happens to', async ({
  portal,
  newSite,
}) => {
  const [frozen, steady] = [newSite('frozen'), newSite('steady')]
  await frozen.installAgent((await portal.addServer('acme/frozen')).joinToken)
  await steady.installAgent((await portal.addServer('acme/steady')).joinToken)
  await portal.expectOnline('acme/frozen')
  await portal.expectOnline('acme/steady')

  await test.step('the portal says so of the agent', async () => {
    const wakeUp = frozen.freezeAgent()
    const { link } = await portal.untilServer(
      'acme/frozen',
      'is offline: ping_timeout',
      ({ link }) => !link.online && link.offlineCode === 'ping_timeout',
      SILENT_MS,
    )
    expect(link.online).toBe(false)
    wakeUp()
    await portal.expectOnline('acme/frozen')
  })

  await test.step('the agents say so of the portal', async () => {
    const wakeUp = portal.freeze()
    const silent = ({ portals }: { portals: readonly { state: string; code: string | null }[] }) =>
      portals[0]?.state !== 'online' && portals[0]?.code === 'ping_timeout'
    await Promise.all(
      [frozen, steady].map((site) => site.untilStatus('knows that its portal is silent', silent, SILENT_MS)),
    )
    wakeUp()
    await portal.expectOnline('acme/frozen')
    await portal.expectOnline('acme/steady')
  })

  await test.step('nobody was taken for dead before the portal fell silent', async () => {
    const ends = (await portal.logged('ping_timeout', 'acme/frozen')).length
    expect(ends).toBeGreaterThan(0)
    const log = await steady.managementLog()
    expect(log.match(/\[ping_timeout\]/g), log).toHaveLength(1)
  })
})

test('an agent that is killed, and a portal that is', async ({ portal, newSite }) => {
  const site = newSite('killed')
  await site.installAgent((await portal.addServer('acme/killed')).joinToken)
  await portal.expectOnline('acme/killed')

  await site.killAgent()
  await portal.untilServer(
    'acme/killed',
    'is offline: connection_lost',
    ({ link }) => !link.online && link.offlineCode === 'connection_lost',
    DEAD_MS,
  )

  await site.startAgent()
  await portal.expectOnline('acme/killed')
  await site.untilStatus('is online', ({ portals }) => portals[0]?.state === 'online')
  await portal.kill()
  await site.untilStatus(
    'knows that its portal is gone',
    ({ portals }) => portals[0]?.state !== 'online',
    DEAD_MS,
  )
})
