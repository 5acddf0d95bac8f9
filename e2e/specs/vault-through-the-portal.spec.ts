/**
 * A site that lets nothing out but the connection to its portal. Its server backs up into the vault all the same, by way
 * of the portal's port; a portal that dies in the middle costs it time and nothing else.
 */
import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { until } from '@holdfast/tooling/until'
import type { Page } from '@playwright/test'
import { z } from 'zod'
import { ConsolePage } from '../harness/console-page.ts'
import { hashTree } from '../harness/hash-tree.ts'
import { ProtectedServer } from '../harness/protected-server.ts'
import { registerVault } from '../harness/register-vault.ts'
import { RestorePage } from '../harness/restore-page.ts'
import { expect, test } from '../harness/test.ts'
import { Vault } from '../harness/vault.ts'
import { WayOut } from '../harness/way-out.ts'

/** Slow enough that a backup is still going when something is done to it. */
const LINE_BYTES_PER_SECOND = 8 * 1024 * 1024

test('where only the portal can be reached, backups and restores go through it', async ({
  page,
  portal,
  newSite,
  workspace,
}) => {
  test.setTimeout(360_000)
  const wayOut = await WayOut.open(workspace, portal.gateway)
  const site = newSite('fileserver', { env: wayOut.env, diskBytesPerSecond: LINE_BYTES_PER_SECOND })
  const { folder: source } = await site.fixtureTree('documents', { bigFileBytes: 20 * LINE_BYTES_PER_SECOND })
  const owner = await portal.owner()
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  // restic takes no proxy to an address of its own machine, but it does to a name.
  const vault = new Vault(workspace, hostname())
  await registerVault(page, console, vault, 'Zurich')
  const vaults = await owner.query('vaults.list', {}, z.array(z.object({ id: z.uuid() })))
  const server = await ProtectedServer.setUp(portal, site, 'acme/fileserver', {
    sources: [source],
    vaultId: vaults[0]?.id ?? '',
  })
  await console.open()
  await console.openServer('fileserver')

  await test.step('a backup is running, and the first of it has come to the vault', async () => {
    await console.backUpNow()
    await site.untilStatus('is backing up', ({ running }) => running.length === 1)
    await expect(console.runningBackup).toBeVisible()
    const [place] = await vault.repositories()
    if (place === undefined) throw new Error('Nothing lies in the vault.')
    await until('a pack lies in the vault', async () => (await packsIn(vault.folderOf(place))) > 0)
  })

  await test.step('the portal is killed: the backup waits for its way to come back', async () => {
    await portal.kill()
    const { running } = await site.untilStatus(
      'knows that the portal is gone',
      ({ portals }) => portals[0]?.state !== 'online',
    )
    expect(running, 'still in mid-run when the portal was gone').toHaveLength(1)
    await portal.startAgain()
    await portal.expectOnline('acme/fileserver')
  })

  const snapshotId = await test.step('and ends well, once, as the console shows', async () => {
    const { lastRuns } = await site.untilStatus('has ended the run', ({ running }) => running.length === 0)
    expect(lastRuns).toMatchObject([{ outcome: 'succeeded' }])
    await site.untilStatus('has reported everything', ({ portals }) => portals[0]?.reportsWaiting === 0)
    await console.tab('History')
    await expect(console.runs).toHaveCount(1)
    await expect(console.runs.first()).toContainText('Succeeded')
    return lastRuns[0]?.snapshotId ?? ''
  })

  await test.step('all of it is in the vault, and nothing went there but through the portal', async () => {
    const [place] = await vault.repositories()
    if (place === undefined) throw new Error('Nothing lies in the vault.')
    const restic = await site.plainRestic({ ...server.repository, folder: vault.folderOf(place) })
    expect((await restic.snapshots()).map(({ id }) => id)).toEqual([snapshotId])
    await restic.check()
    expect([...wayOut.passed]).toEqual([portal.gateway])
    expect([...wayOut.refused]).toEqual([vault.address])
    expect(await site.managementLog()).toContain('snapshots go through the portal')
  })

  await test.step('a file that somebody deleted comes back from the browser, byte for byte', async () => {
    const before = await hashTree(source)
    await rm(join(source, 'names', 'plain.txt'))
    expect(await hashTree(source)).not.toEqual(before)
    const restore = new RestorePage(page)
    await console.tab('Restore')
    await restore.openFolder(join(source, 'names'))
    await restore.choose('plain.txt')
    await restore.checkFirst()
    await restore.restore('Restore 1 file')
    await restore.done()
    expect(await hashTree(source)).toEqual(before)
  })

  await test.step('the owner closes that way: the next backup fails, and says why', async () => {
    await leadThroughPortal(page, console, false)
    await expect(page.getByRole('list', { name: 'Vaults' })).toContainText('not through the portal')
    const told = hostname().toLowerCase()
    await server.expectEnded(await server.backUp(), {
      ...{ outcome: 'failed', code: 'repository_unreachable', told },
    })
  })

  await test.step('opened again, it leads there again', async () => {
    await leadThroughPortal(page, console, true)
    await server.backUpWell()
  })
})

async function leadThroughPortal(page: Page, console: ConsolePage, isRelayed: boolean): Promise<void> {
  await console.open('/vaults')
  await page.getByRole('button', { name: 'More about Zurich' }).click()
  await page.getByRole('menuitem', { name: 'Change' }).click()
  const dialog = page.getByRole('dialog')
  await dialog
    .getByRole('checkbox', { name: 'Servers may reach it through the portal' })
    .setChecked(isRelayed)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
}

async function packsIn(repositoryFolder: string): Promise<number> {
  const entries = await readdir(join(repositoryFolder, 'data'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}
