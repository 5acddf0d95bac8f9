/** The shortest journey: a portal comes up, and a server at a site is seen to come and go. */
import { expect, test } from '../harness/test.ts'

test('a server that joins is online, and offline with the reason when its agent is stopped', async ({
  portal,
  newSite,
}) => {
  const { joinToken } = await portal.addServer('acme/fileserver')
  await portal.expectOffline('acme/fileserver', 'never_connected')

  const site = newSite('fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  await site.untilStatus('its own link is online', ({ portals }) => portals[0]?.state === 'online')

  await site.stopAgent()
  await portal.expectOffline('acme/fileserver', 'agent_stopped')
  expect(await site.status()).toBeNull()
})

test('a second portal on the same data is refused, and the first goes on as if nothing had been', async ({
  portal,
  newSite,
}) => {
  const { joinToken } = await portal.addServer('acme/fileserver')
  await newSite('fileserver').installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')

  await expect(portal.startAgain()).rejects.toThrow('[portal_running]')
  await portal.expectOnline('acme/fileserver')
  expect(portal.log()).not.toContain('embedded_postgres_gone')
})

test('a portal that was killed comes back on the same ports, and the agent finds it by itself', async ({
  portal,
  newSite,
}) => {
  const { joinToken } = await portal.addServer('acme/fileserver')
  await newSite('fileserver').installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const before = { console: portal.console, gateway: portal.gateway, certificate: portal.certificateSha256 }

  await portal.kill()
  await portal.startAgain()
  expect({ console: portal.console, gateway: portal.gateway, certificate: portal.certificateSha256 }).toEqual(
    before,
  )
  await portal.expectOnline('acme/fileserver')
})
