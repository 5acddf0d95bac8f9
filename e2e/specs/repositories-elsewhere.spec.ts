/**
 * A repository at a storage with a login. The login is sealed in the browser and opened on the server alone: it is in no
 * request, in no database, in no log and on no command line; and when it is wrong, the console names that and nothing else.
 */
import { execFileSync } from 'node:child_process'
import { expect } from '@playwright/test'
import { ConsolePage } from '../harness/console-page.ts'
import { filesHolding, watchRequests } from '../harness/secrecy.ts'
import { startStorage } from '../harness/storage.ts'
import { test } from '../harness/test.ts'

const LOGIN = { user: 'acme', password: 'keep-this-storage-password-to-yourself' }

test('a login for a storage reaches the server and nobody else, and a test names what is wrong', async ({
  page,
  portal,
  newSite,
  workspace,
}) => {
  const site = newSite('fileserver')
  await using storage = await startStorage(site.path('storage'), LOGIN)
  const { joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const sent = watchRequests(page)
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  await console.tab('Repositories')
  const row = page.getByRole('list', { name: 'Repositories' }).getByRole('listitem')

  await test.step('it is entered with the repository, and the server makes it there', async () => {
    await page.getByRole('button', { name: 'New repository' }).click()
    await page.getByLabel('Repository name').fill('Rest of the world')
    await page.getByRole('radio', { name: /^REST server/ }).check()
    await page.getByRole('button', { name: 'Create repository' }).click()
    await expect(page.getByText('Give an address such as')).toBeVisible()
    await page.getByLabel('Address').fill(`${storage.address}/fs1`)
    await page.getByLabel('User').fill(LOGIN.user)
    await page.getByRole('textbox', { name: /^Password/ }).fill(LOGIN.password)
    await page.getByRole('button', { name: 'Create repository' }).click()
    await expect(row).toContainText('Ready')
    await expect(row).toContainText('Login entered')
  })

  await test.step('a test writes, reads, compares and deletes there', async () => {
    await row.getByRole('button', { name: 'Test' }).click()
    await expect(row).toContainText('written, read back, compared and deleted')
  })

  await test.step('another login that is wrong is named as such', async () => {
    await row.getByRole('button', { name: 'Login…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('User').fill(LOGIN.user)
    await dialog.getByRole('textbox', { name: /^Password/ }).fill('a wrong storage password')
    await dialog.getByRole('button', { name: 'Set login' }).click()
    await expect(dialog).toBeHidden()
    await row.getByRole('button', { name: 'Test' }).click()
    await expect(row).toContainText('The storage refuses the login')
  })

  await test.step('nobody but the server has had it', async () => {
    for (const secret of [LOGIN.password, 'a wrong storage password']) {
      expect(sent.filter((request) => request.includes(secret))).toEqual([])
      expect(await filesHolding(workspace.path(), secret)).toEqual([])
      expect(site.log()).not.toContain(secret)
      expect(execFileSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })).not.toContain(secret)
    }
  })
})
