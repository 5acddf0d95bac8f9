/**
 * A plan with more than folders: a database and a command that the site offers, programs before and after, and what is
 * left out. The portal chooses among names; what they mean is said at the server.
 */
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { createRepository, savePlan } from '@holdfast/tooling/portal-client'
import { ConsolePage } from '../harness/console-page.ts'
import { expect, test } from '../harness/test.ts'

test('a person chooses what the site offers, sees how each part went, and keeps several plans', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('fileserver')
  const { serverId, joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const owner = await portal.owner()
  const repository = { name: 'Second disk', folder: site.path('second-disk') }
  const repositoryId = await createRepository(owner, { serverId, ...repository })
  const folder = site.path('documents')
  mkdirSync(folder, { recursive: true })
  for (const name of ['letter.txt', 'draft.tmp']) writeFileSync(`${folder}/${name}`, name)
  writeFileSync(`${folder}/minutes of 1970.txt`, 'long ago')
  utimesSync(`${folder}/minutes of 1970.txt`, new Date(0), new Date(0))
  const file = site.path('till.db')
  const till = new DatabaseSync(file)
  till.exec('CREATE TABLE sales (n INTEGER)')
  till.close()
  await savePlan(owner, { serverId, name: 'Documents', repositoryId, sources: [folder] })

  await test.step('the site offers a database, a command and a hook', async () => {
    await site.command(['databases', 'add', 'till', '--sqlite', file])
    await site.command(['commands', 'allow', 'inventory', '--', '/bin/echo', 'three chairs'])
    await site.command(['commands', 'allow', 'broken', '--', '/bin/false'])
    await site.command(['hooks', 'allow', 'stop-shop', '--', '/bin/true'])
  })

  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')

  await test.step('a plan is changed, and its rules say what they mean', async () => {
    await console.tab('Backup')
    await page.getByRole('link', { name: 'Change Documents' }).click()
    await page.getByLabel('till').click()
    await page.getByLabel('inventory').click()
    await page.getByLabel('broken').click()
    await page.getByLabel('Leave out', { exact: false }).first().fill('[open')
    await expect(page.getByText('Line 1: The bracket is not closed')).toBeVisible()
    await page.getByLabel('Leave out', { exact: false }).first().fill('*.tmp\n!keep.tmp')
    await expect(page.getByText('Files and folders that match *.tmp')).toBeVisible()
    await page.getByLabel('Old files').click()
    await page.getByRole('option', { name: 'Leave out after 3 years' }).click()
    await page.getByLabel('Add', { exact: false }).first().click()
    await page.getByRole('option', { name: 'stop-shop' }).click()
    await page.getByRole('button', { name: 'Save and back up now' }).click()
    await expect(page.getByText('Databases: till')).toBeVisible()
    await expect(page.getByText('Leaves out files not changed for 3 years')).toBeVisible()
  })

  await test.step('the run has failed for the one command, and shows the parts that did not', async () => {
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Failed')
    await console.runs.first().click()
    await expect(page.getByText('A database or command could not be dumped').first()).toBeVisible()
    const parts = page.getByRole('listitem')
    await expect(parts.filter({ hasText: 'broken failed' })).toContainText('exit code 1')
    await expect(parts.filter({ hasText: 'till done' })).toBeVisible()
    await expect(parts.filter({ hasText: 'stop-shop done' })).toBeVisible()
    await expect(page.getByText('Left out as too old')).toBeVisible()
    const restic = await site.plainRestic(repository)
    await restic.check()
  })

  await test.step('a second plan is added, paused and removed', async () => {
    await console.openServer('fileserver')
    const many = Array.from({ length: 999 }, (_, n) => `${folder}/${'x'.repeat(100)}-${n}`)
    await savePlan(owner, { serverId, name: 'Papers', repositoryId, sources: [folder, ...many] })
    const body = JSON.stringify(many)
    const stranger = await fetch(`${portal.console}/api/trpc/plans.save`, { method: 'POST', body })
    expect(stranger.status).toBe(401)
    await console.tab('Backup')
    const plans = page.getByRole('list', { name: 'Backup plans' }).getByRole('listitem')
    await expect(plans).toHaveCount(2)
    await page.getByRole('button', { name: 'More for Papers' }).click()
    await page.getByRole('menuitem', { name: 'Pause' }).click()
    await expect(plans.filter({ hasText: 'Papers' })).toContainText('Paused')
    await page.getByRole('button', { name: 'More for Papers' }).click()
    await page.getByRole('menuitem', { name: 'Remove plan' }).click()
    await page.getByRole('button', { name: 'Remove plan' }).click()
    await expect(plans).toHaveCount(1)
  })

  await test.step('a plan of a database alone is not offered drills, and its one repository is chosen already', async () => {
    await page.getByRole('link', { name: 'Add plan' }).click()
    await expect(page.getByRole('radio', { name: repository.name })).toBeChecked()
    await expect(page.getByLabel('Try to restore')).toBeVisible()
    await page.getByLabel('till').click()
    await expect(page.getByText('Restore drills need files')).toBeVisible()
    await expect(page.getByLabel('Try to restore')).toHaveCount(0)
    await page.getByRole('button', { name: 'Save plan' }).click()
    const plans = page.getByRole('list', { name: 'Backup plans' }).getByRole('listitem')
    await expect(plans).toHaveCount(2)
  })
})
