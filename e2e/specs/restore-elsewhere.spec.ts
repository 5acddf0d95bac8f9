/** A server is gone for good. What it kept in the vault comes back onto another server of its customer. */
import { join } from 'node:path'
import { makeKeyPair } from '@holdfast/protocol/sealing'
import { until } from '@holdfast/tooling/until'
import { z } from 'zod'
import { ConsolePage } from '../harness/console-page.ts'
import { hashTree } from '../harness/hash-tree.ts'
import type { Portal } from '../harness/portal.ts'
import { registerVault } from '../harness/register-vault.ts'
import { RestorePage } from '../harness/restore-page.ts'
import { watchRequests } from '../harness/secrecy.ts'
import { expect, test } from '../harness/test.ts'
import { Vault } from '../harness/vault.ts'

test('files of a server that is gone come back onto another one, with the recovery key', async ({
  page,
  portal,
  newSite,
  workspace,
}) => {
  const gone = newSite('fileserver')
  const { folder: source } = await gone.fixtureTree('documents', { bigFileBytes: 100_000 })
  await gone.installAgent((await portal.addServer('acme/fileserver')).joinToken)
  await portal.expectOnline('acme/fileserver')
  const kit = await makeKeyPair()
  await useKit(portal, kit.recipient)
  const console = new ConsolePage(page, portal.console)
  const sent = watchRequests(page)
  await console.signIn(portal.account)

  await test.step('it has backed up into the vault, and sealed what opens that', async () => {
    await registerVault(page, console, new Vault(workspace), 'Zurich')
    await console.open()
    await console.openServer('fileserver')
    await console.tab('Backup')
    await console.chooseFolder(source)
    await page.getByRole('button', { name: 'Use the vault' }).click()
    const made = page.getByRole('radiogroup', { name: 'Repository' }).locator('label', { hasText: 'Zurich' })
    await expect(made).toContainText('Ready')
    await console.chooseHowOften('Only when somebody starts it')
    await console.saveAndBackUp()
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Succeeded')
  })

  const spare = newSite('spare')
  const { serverId, joinToken } = await portal.addServer('acme/spare')
  await spare.installAgent(joinToken)
  await portal.expectOnline('acme/spare')
  await until('its key is sealed', async () => isSealed(portal, serverId))
  await gone.stopAgent()

  const restore = new RestorePage(page)
  await test.step('on another server, the recovery key opens its snapshots', async () => {
    await console.open()
    await console.openServer('spare')
    await console.tab('Restore')
    await page.getByRole('button', { name: 'From another server…' }).click()
    await restore.dialog.getByLabel('Recovery key').fill(kit.identity)
    await restore.dialog.getByRole('button', { name: 'Open its snapshots here' }).click()
    await expect(restore.dialog).toContainText('The snapshots of fileserver are open on spare')
    await restore.done()
    await expect(page.getByRole('listbox', { name: 'Snapshots' })).toContainText('Of the server fileserver')
  })

  await test.step('and what was there is here, byte for byte', async () => {
    const target = await spare.makeFolder('brought-back')
    await restore.openFolder(source)
    await restore.choose('names')
    await restore.checkFirst({ folder: target })
    await expect(restore.dialog).toContainText('would be put back')
    await restore.restore(/^Restore \d+ files$/)
    expect(await hashTree(join(target, 'names'))).toEqual(await hashTree(join(source, 'names')))
  })

  await test.step('then they are closed here again, and this server knows nothing of them any more', async () => {
    await restore.done()
    await page.getByRole('button', { name: 'From another server…' }).click()
    await restore.dialog.getByRole('button', { name: 'Close them here' }).click()
    await expect(restore.dialog.getByLabel('Recovery key')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByText('Of the server fileserver')).toHaveCount(0)
    await portal.untilLogged('command_succeeded', 'acme/spare')
  })

  await test.step('the recovery key came to the portal in no request', () => {
    expect(sent.some((request) => request.includes('openRepository'))).toBe(true)
    const secret = kit.identity.replace('AGE-SECRET-KEY-1', '')
    expect(sent.filter((request) => request.toUpperCase().includes(secret))).toEqual([])
  })
})

async function useKit(portal: Portal, recipient: string): Promise<void> {
  const owner = await portal.owner()
  const customers = z.object({ items: z.array(z.object({ id: z.uuid() })) })
  const [customer] = (await owner.query('customers.list', {}, customers)).items
  await owner.mutate('recovery.setKey', { customerId: customer?.id, recipient }, z.unknown())
}

async function isSealed(portal: Portal, serverId: string): Promise<boolean> {
  const others = z.array(z.object({ isSealed: z.boolean() }))
  const found = await (await portal.owner()).query('restore.others', { serverId }, others)
  return found.length > 0 && found.every((each) => each.isSealed)
}
