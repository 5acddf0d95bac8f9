/**
 * A repository on a machine that speaks SSH, made in the console: its key is confirmed by the one who compares it, the
 * server's own line is added over there, and from then on the server backs up to it and nobody typed a password.
 */
import { readdir } from 'node:fs/promises'
import { REFUSALS } from '@holdfast/protocol'
import { ConsolePage } from '../harness/console-page.ts'
import { startSshd } from '../harness/sshd.ts'
import { expect, test } from '../harness/test.ts'

test('a repository at an SFTP server is made in the console, and backed up to', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('fileserver')
  const { folder: source } = await site.fixtureTree('documents', { bigFileBytes: 100_000 })
  await using nas = await startSshd(site.path('nas'))
  await site.installAgent((await portal.addServer('acme/fileserver')).joinToken)
  await portal.expectOnline('acme/fileserver')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  await console.tab('Repositories')
  const row = page.getByRole('list', { name: 'Repositories' }).getByRole('listitem')

  await test.step('its key is asked for, and compared; the line of this server is added over there', async () => {
    await page.getByRole('button', { name: 'New repository' }).click()
    await page.getByLabel('Repository name').fill('The NAS')
    await page.getByRole('radio', { name: /^SFTP/ }).check()
    await page.getByLabel('Host').fill('127.0.0.1')
    await page.getByLabel('Port').fill(String(nas.port))
    await page.getByLabel('User').fill(nas.user)
    await page.getByLabel('Folder there').fill(site.path('nas', 'backup'))
    await page.getByRole('button', { name: 'Create repository' }).click()
    await expect(page.getByText('Ask for the server’s key and confirm it.')).toBeVisible()
    await page.getByRole('button', { name: 'Ask for its key' }).click()
    await page.locator('label', { hasText: nas.fingerprint }).getByRole('radio').check()
    const line = page.getByRole('group', { name: /authorized_keys of/ }).locator('code')
    await nas.letIn(await line.innerText())
  })

  await test.step('the server makes it there, and a test writes, reads, compares and deletes', async () => {
    await page.getByRole('button', { name: 'Create repository' }).click()
    await expect(row).toContainText('Ready')
    await row.getByRole('button', { name: 'Test' }).click()
    await expect(row).toContainText('written, read back, compared and deleted')
  })

  await test.step('and backs up to it', async () => {
    await console.tab('Backup')
    await console.chooseFolder(source)
    await page.getByRole('radio', { name: /The NAS/ }).check()
    await console.chooseHowOften('Only when somebody starts it')
    await console.saveAndBackUp()
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Succeeded')
    expect(await readdir(site.path('nas', 'backup', 'snapshots'))).toHaveLength(1)
  })

  await test.step('another machine in its place is not spoken to', async () => {
    await nas.changeKey()
    await console.tab('Repositories')
    await row.getByRole('button', { name: 'Test' }).click()
    await expect(row).toContainText(REFUSALS.host_key_changed.title)
  })
})
