/**
 * The product in one journey: from an empty portal to a snapshot that plain restic gives back, byte for byte, as a
 * person would click it. Nothing is seeded, and nothing is called but what the browser calls.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ConsolePage } from '../harness/console-page.ts'
import { hashTree } from '../harness/hash-tree.ts'
import { filesHolding, watchRequests } from '../harness/secrecy.ts'
import { expect, test } from '../harness/test.ts'

/** Slow enough that a backup is still going when something is done to it. */
const DISK_BYTES_PER_SECOND = 8 * 1024 * 1024

test('from an empty portal to files that plain restic gives back', async ({ page, portal, newSite }) => {
  const site = newSite('fileserver')
  const { folder: source } = await site.fixtureTree()
  const repository = { name: 'Second disk', folder: site.path('second-disk') }
  const console = new ConsolePage(page, portal.console)
  const sentByBrowser = watchRequests(page)

  await test.step('the first visit sets the portal up, and no later one does', async () => {
    await console.setUp({ ...portal.account, name: 'Bill Stone', company: "Bill's IT service" })
    await console.open('/setup')
    await expect(console.heading('Set up your portal')).toBeHidden()
    await console.open()
  })

  await console.addCustomer('Acme GmbH', 'acme')
  const { joinToken, password } = await console.registerServer('fileserver')

  await test.step('the agent joins with the token, and the page shows it within two seconds', async () => {
    await site.installAgent(joinToken)
    const linked = await site.untilStatus('is linked', ({ portals }) => portals[0]?.state === 'online')
    expect(linked.portals).toHaveLength(1)
    await expect(page.getByText('Connected', { exact: true })).toBeVisible({ timeout: 2_000 })
  })

  await test.step('choose a folder and a repository, and back up', async () => {
    await page.getByRole('button', { name: 'Go to the server' }).click()
    await expect(console.heading('fileserver')).toBeVisible()
    await console.tab('Backup')
    await console.chooseFolder(source)
    await console.createRepository(repository.name, repository.folder)
    await console.chooseHowOften('Only when somebody starts it')
    await console.saveAndBackUp()
  })

  const snapshotId = await test.step('it ends well, here and on the server', async () => {
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Succeeded')
    const id = await console.snapshotOfNewestRun()
    const { lastRuns } = await site.untilStatus(
      'has reported',
      ({ portals }) => portals[0]?.reportsWaiting === 0,
    )
    expect(lastRuns).toMatchObject([{ outcome: 'succeeded', snapshotId: id }])
    return id
  })

  await test.step('plain restic, outside our code, gives back every file', async () => {
    const restic = await site.plainRestic(repository)
    expect((await restic.snapshots()).map(({ id }) => id)).toEqual([snapshotId])
    const restored = await restic.restore(snapshotId, source, site.path('restored'))
    expect(await hashTree(restored)).toEqual(await hashTree(source))
    await restic.check()
  })

  await test.step('the password never came to the portal: in no request, no log, no file', async () => {
    expect(sentByBrowser.some((request) => request.includes('servers.register'))).toBe(true)
    expect(sentByBrowser.filter((request) => request.includes(password))).toEqual([])
    expect(portal.log()).not.toContain(password)
    await portal.stop()
    expect(await filesHolding(portal.dataFolder, password)).toEqual([])
    expect(
      await filesHolding(site.stateFolder, password),
      'the search itself finds it where it is',
    ).not.toEqual([])
  })
})

test('a running backup can be watched and cancelled', async ({ page, portal, newSite }) => {
  const site = newSite('fileserver', { diskBytesPerSecond: DISK_BYTES_PER_SECOND })
  const { folder: source } = await site.fixtureTree('documents', { bigFileBytes: 10 * DISK_BYTES_PER_SECOND })
  const repository = { name: 'Second disk', folder: site.path('second-disk') }
  const { joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  await console.tab('Backup')
  await console.chooseFolder(source)
  await console.createRepository(repository.name, repository.folder)
  await console.chooseHowOften('Only when somebody starts it')
  await console.saveAndBackUp()

  await test.step('it shows how far it is, how fast, and at which file', async () => {
    await expect(console.runningBackup.getByRole('progressbar')).toBeVisible()
    await expect(console.runningBackup).toContainText(/Read\s*[\d.]+ [KM]iB/)
    await expect(console.runningBackup).toContainText('/s')
  })

  await test.step('cancelled, it leaves no snapshot and no lock', async () => {
    await console.cancelBackup()
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Cancelled')
    const status = await site.untilStatus('has ended the run', ({ running }) => running.length === 0)
    expect(status.lastRuns).toMatchObject([{ outcome: 'cancelled', snapshotId: null }])
    expect(await (await site.plainRestic(repository)).snapshots()).toEqual([])
    expect(await readdir(join(repository.folder, 'locks'))).toEqual([])
  })

  await test.step('and the next one succeeds', async () => {
    await console.backUpNow()
    await expect(console.runs.first()).toContainText('Succeeded', { timeout: 60_000 })
  })
})
