/**
 * In one console: a server whose agent dials the portal, and one whose agent listens and is dialled. What people see and
 * do is the same, and a server that could be reached both ways has one link all the same.
 */
import { z } from 'zod'
import { ConsolePage } from '../harness/console-page.ts'
import { freePort } from '../harness/free-port.ts'
import type { Portal } from '../harness/portal.ts'
import { ProtectedServer } from '../harness/protected-server.ts'
import { expect, test } from '../harness/test.ts'

test('one that dials and one that is dialled: both online, both backed up, and back after a power cut', async ({
  page,
  portal,
  newSite,
}) => {
  const [dialling, listening] = [newSite('dialling'), newSite('listening')]
  const inbound = await ProtectedServer.setUp(portal, dialling, 'acme/dialling')
  const { folder: source } = await listening.fixtureTree()
  const repository = { name: 'Second disk', folder: listening.path('second-disk') }
  const port = await freePort()
  const dialAddress = `127.0.0.1:${port}`
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)

  await test.step('registered to be dialled, it is told how to listen, and comes up', async () => {
    await page.getByRole('treeitem', { name: 'acme' }).first().click()
    const { joinToken } = await console.registerServer('listening', { dialAddress })
    const command = page.getByRole('group', { name: 'Listen command' }).locator('code')
    await expect(command).toHaveText(`holdfast-agent listen --port ${port}`)
    const joined = await listening.tryToJoin(joinToken)
    expect({ code: joined.code, said: joined.stdout }).toMatchObject({
      code: 0,
      said: expect.stringContaining('It dials this server'),
    })
    await listening.listen(port)
    await listening.startAgent()
    await expect(page.getByText('Connected', { exact: true })).toBeVisible({ timeout: 90_000 })
    const { portals } = await listening.untilStatus('is linked', (status) => isLinked(status))
    expect(portals).toMatchObject([{ isCalled: true }])
  })

  await test.step('folders are browsed and backed up over the link that the portal dialled', async () => {
    await page.getByRole('button', { name: 'Go to the server' }).click()
    await expect(page.getByText(`dialled by the portal at ${dialAddress}`)).toBeVisible()
    await console.tab('Backup')
    await console.chooseFolder(source)
    await console.createRepository(repository.name, repository.folder)
    await console.saveAndBackUp()
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Succeeded', { timeout: 60_000 })
    const id = await console.snapshotOfNewestRun()
    const restic = await listening.plainRestic(repository)
    expect((await restic.snapshots()).map((snapshot) => snapshot.id)).toEqual([id])
  })

  await test.step('the one that dials is backed up beside it, and one table has both', async () => {
    await inbound.backUpWell()
    await page.getByRole('treeitem', { name: 'acme' }).first().click()
    const servers = page.getByRole('grid', { name: /^Servers at/ })
    for (const name of ['dialling', 'listening'])
      await expect(servers.getByRole('row').filter({ hasText: name })).toContainText('Protected')
  })

  await test.step('killed, it is offline; started again, it is dialled again', async () => {
    await console.openServer('listening')
    await listening.killAgent()
    await expect(page.getByText(`the portal dials ${dialAddress}`)).toBeVisible()
    await listening.startAgent()
    await expect(page.getByText(`dialled by the portal at ${dialAddress}`)).toBeVisible({ timeout: 90_000 })
    await console.backUpNow()
    await console.tab('History')
    await expect(console.runs.filter({ hasText: 'Succeeded' })).toHaveCount(2, { timeout: 60_000 })
  })
})

test('a server that dials and is dialled has one link', async ({ page, portal, newSite }) => {
  const site = newSite('both')
  const port = await freePort()
  const dialAddress = `127.0.0.1:${port}`
  await site.installAgent((await portal.addServer('acme/both')).joinToken)
  await portal.expectOnline('acme/both')
  await site.listen(port)
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('both')

  await test.step('the link that stands is left alone, and who changed it is logged', async () => {
    await console.setDialAddress(dialAddress)
    const { detail } = await portal.untilLogged('server_changed', 'acme/both')
    expect(detail).toBe(`The portal dials it at ${dialAddress}.`)
    expect(await portal.logged('online', 'acme/both')).toHaveLength(1)
    await expectOneLink(portal)
  })

  await test.step('after the portal’s power cut both dial, and one of the two is the link', async () => {
    await portal.kill()
    await site.untilStatus('knows', (status) => !isLinked(status))
    await portal.startAgain()
    await portal.untilServer('acme/both', 'is back', ({ link }) => link.online)
    await site.untilStatus('is back', isLinked)
    await expectOneLink(portal)
  })

  await test.step('with the listening ended and the address taken away, it dials as usual', async () => {
    await console.open()
    await console.openServer('both')
    await console.setDialAddress(null)
    await site.command(['listen', '--off'])
    await site.killAgent()
    await site.startAgent()
    const { portals } = await site.untilStatus('is back', isLinked)
    expect(portals).toMatchObject([{ isCalled: false }])
    await expect(page.getByText('from 127.0.0.1')).toBeVisible({ timeout: 30_000 })
    await expectOneLink(portal)
  })
})

function isLinked({ portals }: { portals: readonly { state: string }[] }): boolean {
  return portals.length === 1 && portals[0]?.state === 'online'
}

/** As the portal's own doctor counts them. */
async function expectOneLink(portal: Portal): Promise<void> {
  const counted = z.object({ linkCount: z.number() })
  const { linkCount } = await (await portal.owner()).query('doctor.portal', {}, counted)
  expect(linkCount).toBe(1)
}
