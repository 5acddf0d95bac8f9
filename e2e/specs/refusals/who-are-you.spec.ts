/** Names and passwords that do not fit: what the person at the server reads, and what the provider's log knows. */
import { z } from 'zod'
import { ConsolePage } from '../../harness/console-page.ts'
import { altered } from '../../harness/join-tokens.ts'
import { expect, testOnSharedPortal as test } from '../../harness/test.ts'
import { expectRefused } from '../../harness/words.ts'

test('a wrong password', async ({ page, portal, newSite }) => {
  const site = newSite('mistyped')
  const { joinToken } = await portal.addServer('mistyped/fs1')

  const refused = await site.tryToJoin(altered(joinToken, { password: 'not the one in the console' }))
  expectRefused(refused, 'name_or_password_wrong')
  await portal.untilLogged('wrong_password', 'mistyped/fs1')

  await test.step('the console says what to do about it', async () => {
    const console = new ConsolePage(page, portal.console)
    await console.signIn(portal.account)
    await console.open('/log')
    await console.openLogEntry('Wrong password', 'mistyped/fs1')
    await expect(page.getByText('Someone typed it differently at the server and here.')).toBeVisible()
  })

  await test.step('nothing was remembered of it, and the right one works', async () => {
    await site.installAgent(joinToken)
    await portal.expectOnline('mistyped/fs1')
  })
})

test('a name that the customer does not have, typed or removed', async ({ portal, newSite }) => {
  const site = newSite('removed')
  const { serverId, joinToken } = await portal.addServer('removed/fs1')

  const refused = await site.tryToJoin(altered(joinToken, { name: 'removed/fs7' }))
  expectRefused(refused, 'name_or_password_wrong')
  await portal.untilLogged('unknown_server', 'removed/fs7')

  await test.step('a server that is removed while it is connected hears the same, and goes on asking', async () => {
    await site.installAgent(joinToken)
    await portal.expectOnline('removed/fs1')
    const owner = await portal.owner()
    await owner.mutate('servers.remove', { serverId, confirmation: 'removed/fs1' }, z.unknown())
    await site.untilStatus(
      'is refused',
      ({ portals }) => portals[0]?.state === 'offline' && portals[0].code === 'name_or_password_wrong',
    )
    await portal.untilLogged('unknown_server', 'removed/fs1')
    expect(await site.managementLog()).toMatch(/Name or password is wrong.* \[name_or_password_wrong\]/)
  })
})

test('a customer that does not exist', async ({ portal, newSite }) => {
  const { joinToken } = await portal.addServer('existing/fs1')
  const refused = await newSite('stranger').tryToJoin(altered(joinToken, { name: 'missing/fs1' }))
  expectRefused(refused, 'name_or_password_wrong')
  await portal.untilLogged('unknown_customer', 'missing/fs1')
})

test('a join token that lost its end', async ({ portal, newSite }) => {
  const site = newSite('clipboard')
  const { joinToken } = await portal.addServer('clipboard/fs1')
  expectRefused(await site.tryToJoin(joinToken.slice(0, -20)), 'join_token_invalid')
  await site.installAgent(joinToken)
  await portal.expectOnline('clipboard/fs1')
})

test('a second machine with the same name and password', async ({ portal, newSite }) => {
  const [original, clone] = [newSite('original'), newSite('clone')]
  const { joinToken } = await portal.addServer('cloned/fs1')
  await original.installAgent(joinToken)
  await portal.expectOnline('cloned/fs1')

  expectRefused(await clone.tryToJoin(joinToken), 'clone_refused')
  await portal.untilLogged('clone_refused', 'cloned/fs1')

  const { portals } = await original.untilStatus('answers', () => true)
  expect(portals).toMatchObject([{ state: 'online', code: null }])
  expect(await portal.logged('online', 'cloned/fs1'), 'its link is the same one as before').toHaveLength(1)
})
