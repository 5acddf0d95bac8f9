/**
 * Proof that it comes back: a drill follows the first backup by itself, a technician asks for another before an audit, and
 * when the repository is gone, the page says so.
 */
import { rename } from 'node:fs/promises'
import { WEEKLY_DRILL } from '@holdfast/protocol'
import { createRepository, savePlan, startRun, untilRunEnded } from '@holdfast/tooling/portal-client'
import { ConsolePage } from '../harness/console-page.ts'
import { expect, test } from '../harness/test.ts'

test('restoring is tried after a backup, and whenever somebody wants to know', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('fileserver')
  const source = await site.fixtureTree('documents', { bigFileBytes: 100_000 })
  const repository = { name: 'Second disk', folder: site.path('second-disk') }
  const { serverId, joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const owner = await portal.owner()
  const repositoryId = await createRepository(owner, { serverId, ...repository })
  const plan = { serverId, name: 'Documents', repositoryId, sources: [source.folder] }
  const planId = await savePlan(owner, { ...plan, options: { drill: WEEKLY_DRILL } })
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  await console.tab('Drills')
  const drillNow = page.getByRole('button', { name: 'Drill now' })
  const passed = page.getByRole('listitem').filter({ hasText: 'Passed' })

  await test.step('before the first backup there is nothing to try, and the server says so', async () => {
    await drillNow.click()
    await expect(page.getByText('There is no sample to restore')).toBeVisible()
  })

  await test.step('the first drill follows the first backup', async () => {
    await untilRunEnded(owner, { serverId, commandId: await startRun(owner, planId) })
    await expect(passed).toHaveCount(1)
    await expect(page.getByText('Restoring works: 1 drill passed')).toBeVisible()
  })

  await test.step('another one comes when it is asked for', async () => {
    await drillNow.click()
    await expect(passed).toHaveCount(2)
    await expect(page.getByText('Restoring works: 2 drills passed')).toBeVisible()
  })

  await test.step('what cannot be restored any more is not protected, and that stands first', async () => {
    await rename(repository.folder, `${repository.folder}.away`)
    await drillNow.click()
    await expect(page.getByText('The last restore drill is no proof')).toBeVisible()
    const failed = page.getByRole('listitem').filter({ hasText: 'Failed' })
    await expect(failed).toHaveCount(1)
    await expect(failed).toContainText('Nothing could be restored: There is no repository at this place')
    await expect(failed).not.toContainText('did not come back as they were')
  })

  await test.step('on a narrow screen the page says where one is, and nothing sticks out', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.reload()
    await expect(page.getByRole('listitem').filter({ hasText: 'Failed' })).toBeVisible()
    const tabs = page.getByRole('navigation', { name: 'About this server' })
    await expect(tabs.getByRole('link', { name: 'Drills' })).toBeInViewport({ ratio: 0.9 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })
})
