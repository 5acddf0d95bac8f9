/**
 * How soon a link that is dead is seen to be: at once when the other end dies, and within 25 s when it only falls silent
 * while its connection stays open, as behind a firewall that forgets it. At both ends, and without taking a link for
 * dead that is not.
 *
 * What is measured is what each end wrote down itself, not when we came to look.
 */
import type { RefusalCode } from '@holdfast/protocol'
import { altered } from '../harness/join-tokens.ts'
import { SilentLine } from '../harness/line.ts'
import type { Portal } from '../harness/portal.ts'
import type { Site } from '../harness/site.ts'
import { expect, test } from '../harness/test.ts'

const SILENT_MS = 25_000
const DEAD_MS = 2_000
/** How long we look at all. */
const PATIENCE_MS = 60_000

test('an end that falls silent is seen by the other one, and a server beside it is not taken for dead', async ({
  portal,
  newSite,
}) => {
  const [frozen, steady] = [newSite('frozen'), newSite('steady')]
  await frozen.installAgent((await portal.addServer('acme/frozen')).joinToken)
  await steady.installAgent((await portal.addServer('acme/steady')).joinToken)
  await portal.expectOnline('acme/frozen')
  await portal.expectOnline('acme/steady')

  await test.step('the portal says so of the agent', async () => {
    const frozenAt = Date.now()
    const wakeUp = frozen.freezeAgent()
    expect(await seenByPortal(portal, 'acme/frozen', 'ping_timeout', frozenAt)).toBeLessThanOrEqual(SILENT_MS)
    wakeUp()
    await portal.expectOnline('acme/frozen')
  })

  await test.step('nobody was taken for dead who was not', async () => {
    expect(await portal.logged('ping_timeout', 'acme/steady')).toEqual([])
    expect(await steady.managementLog()).not.toContain('[ping_timeout]')
  })

  await test.step('the agents say so of the portal', async () => {
    await Promise.all([frozen, steady].map(untilOnline))
    const frozenAt = Date.now()
    const wakeUp = portal.freeze()
    const seen = await Promise.all([frozen, steady].map((site) => seenBySite(site, 'ping_timeout', frozenAt)))
    wakeUp()
    expect(Math.max(...seen)).toBeLessThanOrEqual(SILENT_MS)
    await portal.expectOnline('acme/frozen')
    await portal.expectOnline('acme/steady')
  })
})

test('a line that swallows everything is seen at both ends', async ({ workspace, portal, newSite }) => {
  const line = await SilentLine.open(workspace, portal.gateway)
  const [behind, steady] = [newSite('behind'), newSite('steady')]
  const { joinToken } = await portal.addServer('acme/behind')
  await behind.installAgent(altered(joinToken, { addresses: [line.address] }))
  await steady.installAgent((await portal.addServer('acme/steady')).joinToken)
  await portal.expectOnline('acme/behind')
  await portal.expectOnline('acme/steady')
  await untilOnline(behind)

  const deadAt = Date.now()
  line.goDead()
  const seen = await Promise.all([
    seenByPortal(portal, 'acme/behind', 'ping_timeout', deadAt),
    seenBySite(behind, 'ping_timeout', deadAt),
  ])
  expect(Math.max(...seen)).toBeLessThanOrEqual(SILENT_MS)

  line.comeBack()
  await portal.expectOnline('acme/behind')
  await portal.expectOnline('acme/steady')
  expect(await portal.logged('ping_timeout', 'acme/steady')).toEqual([])
  expect(await steady.managementLog()).not.toContain('[ping_timeout]')
})

test('an agent that is killed, and a portal that is', async ({ portal, newSite }) => {
  const site = newSite('killed')
  await site.installAgent((await portal.addServer('acme/killed')).joinToken)
  await portal.expectOnline('acme/killed')

  const agentDeadAt = Date.now()
  await site.killAgent()
  expect(await seenByPortal(portal, 'acme/killed', 'connection_lost', agentDeadAt)).toBeLessThanOrEqual(
    DEAD_MS,
  )

  await site.startAgent()
  await portal.expectOnline('acme/killed')
  await untilOnline(site)
  const portalDeadAt = Date.now()
  await portal.kill()
  expect(await seenBySite(site, 'connection_lost', portalDeadAt)).toBeLessThanOrEqual(DEAD_MS)
})

async function untilOnline(site: Site): Promise<void> {
  await site.untilStatus('is online', ({ portals }) => portals[0]?.state === 'online')
}

/** How many ms after a moment the portal saw that the server was gone. */
async function seenByPortal(
  portal: Portal,
  server: string,
  code: RefusalCode,
  since: number,
): Promise<number> {
  const { link } = await portal.untilServer(
    server,
    `is offline: ${code}`,
    ({ link }) => !link.online && link.offlineCode === code,
    PATIENCE_MS,
  )
  return (link.changedAt?.getTime() ?? Number.NaN) - since
}

/** How many ms after a moment the agent saw that its portal was gone, by its own log: it dials again at once. */
async function seenBySite(site: Site, code: RefusalCode, since: number): Promise<number> {
  const at = await site.untilLogged(code, since, PATIENCE_MS)
  return at - since
}
