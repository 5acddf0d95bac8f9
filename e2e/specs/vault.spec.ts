/**
 * From a vault that nobody knows to files that come back out of it: registered by its owner, chosen for a server, filled
 * by the server's own tokens, and read by plain restic with a token that the vault's own program has made.
 */
import { run } from '@holdfast/tooling/processes'
import { requireTool } from '@holdfast/tooling/tools'
import { z } from 'zod'
import { ConsolePage } from '../harness/console-page.ts'
import { hashTree } from '../harness/hash-tree.ts'
import { expect, test } from '../harness/test.ts'
import { Vault } from '../harness/vault.ts'

test('a server backs up into the vault, and plain restic gives it back', async ({
  page,
  portal,
  newSite,
  workspace,
}) => {
  const site = newSite('fileserver')
  const { folder: source } = await site.fixtureTree()
  const { joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  const vault = new Vault(workspace)
  const ownKey = workspace.path('own-key.pem')

  await test.step('the vault is told to trust the portal by the line that the portal shows', async () => {
    await console.open('/vaults')
    await expect(console.heading('No vault yet')).toBeVisible()
    const line = await page.getByRole('group', { name: 'Trust command' }).locator('code').innerText()
    const [, ...words] = line.split(' ')
    expect((await vault.command(...words)).code).toBe(0)
    expect((await vault.command('key', 'create', ownKey)).code).toBe(0)
    await vault.serve()
  })

  await test.step('registered by the fingerprint that it printed, it is reachable', async () => {
    await page.getByRole('button', { name: 'Register a vault' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('Zurich')
    await dialog.getByLabel('Address').fill(vault.address)
    await dialog.getByLabel('Certificate').fill(await vault.fingerprint())
    await dialog.getByRole('button', { name: 'Register vault' }).click()
    await expect(console.heading('The vault is reachable')).toBeVisible()
  })

  await test.step('it is the first choice for a server’s snapshots', async () => {
    await console.open()
    await console.openServer('fileserver')
    await console.tab('Backup')
    await console.chooseFolder(source)
    await page.getByRole('button', { name: 'Use the vault' }).click()
    const made = page.getByRole('radiogroup', { name: 'Repository' }).locator('label', { hasText: 'Zurich' })
    await expect(made).toContainText('In the vault')
    await expect(made).toContainText('Ready')
    await console.chooseHowOften('Only when somebody starts it')
    await console.saveAndBackUp()
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Succeeded')
  })

  await test.step('with a token of the vault’s own program, plain restic gives back every file', async () => {
    const [found] = await vault.repositories()
    if (found === undefined) throw new Error('Nothing lies in the vault.')
    const { customer, repository } = found
    const whose = [
      '--customer',
      customer,
      '--repository',
      repository,
      '--server',
      'by-hand',
      '--mode',
      'read',
    ]
    const { stdout: token } = await vault.command('token', '--key', ownKey, ...whose)
    const { stdout: key } = await site.command(['repositories', 'key', 'Zurich'])
    const env = {
      RESTIC_REPOSITORY: `rest:https://by-hand:${token.trim()}@${vault.address}/${repository}/`,
      RESTIC_PASSWORD: key.trim(),
    }
    const binary = await requireTool('restic')
    const restic = async (...args: string[]) => {
      const always = ['--no-cache', '--no-lock', '--cacert', vault.certificateFile]
      const { code, stdout, stderr } = await run(binary, [...always, ...args], { env })
      expect(code, stderr).toBe(0)
      return stdout
    }
    const snapshots = z
      .array(z.object({ id: z.string() }))
      .parse(JSON.parse(await restic('snapshots', '--json')))
    expect(snapshots.map(({ id }) => id)).toEqual([await console.snapshotOfNewestRun()])
    await restic('check', '--read-data')
    await restic('restore', 'latest', '--target', site.path('restored'))
    expect(await hashTree(site.path('restored', source))).toEqual(await hashTree(source))
  })

  await test.step('the page says that it is used, and when it does not answer any more', async () => {
    await console.open('/vaults')
    const row = page.getByRole('list', { name: 'Vaults' })
    await expect(row).toContainText('1 repository')
    await vault.stop()
    await row.getByRole('button', { name: 'Test' }).click()
    await expect(row).toContainText('The vault cannot be reached')
    await expect(console.heading('1 of 1 vault in trouble')).toBeVisible()
  })
})
