/** A site whose firewall lets out one port only, which is not the usual one. */
import { decodeJoinToken } from '@holdfast/protocol'
import { ConsolePage } from '../harness/console-page.ts'
import { altered } from '../harness/join-tokens.ts'
import { Portal } from '../harness/portal.ts'
import { expect, test } from '../harness/test.ts'

test('a gateway on two ports names both, and lets in by either', async ({ workspace, page, newSite }) => {
  const portal = await Portal.start(workspace, { HOLDFAST_GATEWAY_ALSO: '0' })
  const { joinToken } = await portal.addServer('acme/usual')
  const addresses = decodeJoinToken(joinToken)?.addresses ?? []
  expect(addresses).toEqual([portal.gateway, expect.stringMatching(/^127\.0\.0\.1:\d+$/)])
  const [first = '', second = ''] = addresses
  expect(second).not.toBe(first)

  await newSite('usual').installAgent(altered(joinToken, { addresses: [first] }))
  const narrow = await portal.addServer('acme/narrow')
  await newSite('narrow').installAgent(altered(narrow.joinToken, { addresses: [second] }))
  await portal.expectOnline('acme/usual')
  await portal.expectOnline('acme/narrow')

  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.open('/doctor')
  for (const list of ['Listening', 'Addresses in join tokens'])
    for (const address of [first, second])
      await expect(page.getByRole('list', { name: list }).getByText(address)).toBeVisible()
})
