/** Backups that cannot be made, or not all of it: nothing is lost, and everybody who asks hears the same reason. */
import { chmod, cp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { REFUSALS } from '@holdfast/protocol'
import { noise } from '@holdfast/tooling/noise'
import { z } from 'zod'
import { ConsolePage } from '../../harness/console-page.ts'
import { canMountDisks, heedingRights, mountSmallDisk } from '../../harness/faults.ts'
import { hashTree } from '../../harness/hash-tree.ts'
import { PlainRestic } from '../../harness/plain-restic.ts'
import { ProtectedServer } from '../../harness/protected-server.ts'
import { expect, testOnSharedPortal as test } from '../../harness/test.ts'

const MIB = 1024 * 1024

test('a folder that is gone', async ({ page, portal, newSite }) => {
  const site = newSite('gone')
  const sources = [await site.makeFolder('here'), await site.makeFolder('gone')]
  const server = await ProtectedServer.setUp(portal, site, 'gone/mailserver', { sources })
  await rm(site.path('gone'), { recursive: true })

  const run = await server.backUp()
  await server.expectEnded(run, { outcome: 'failed', code: 'source_missing', told: site.path('gone') })
  expect(run.snapshotId, 'not even of the folder that is there').toBeNull()

  await test.step('the page of the server says what to do', async () => {
    const console = new ConsolePage(page, portal.console)
    await console.signIn(portal.account)
    await console.openServer('mailserver')
    await expect(page.getByText(REFUSALS.source_missing.meaning)).toBeVisible()
    await expect(page.getByText(REFUSALS.source_missing.todo)).toBeVisible()
  })

  await site.makeFolder('gone')
  await server.backUpWell()
})

test('a folder and a file that the agent may not read', async ({ portal, newSite }) => {
  const site = newSite('rights', { launcher: heedingRights })
  const [open, closed] = [await site.makeFolder('open'), await site.makeFolder('closed')]
  await writeFile(join(open, 'read me.txt'), 'everybody may')
  await writeFile(join(closed, 'private.txt'), 'nobody may')
  const server = await ProtectedServer.setUp(portal, site, 'rights/fs1', { sources: [open, closed] })

  await chmod(closed, 0)
  const run = await server.backUp()
  await server.expectEnded(run, { outcome: 'failed', code: 'source_unreadable', told: closed })

  await chmod(closed, 0o700)
  await chmod(join(closed, 'private.txt'), 0)
  const partial = await server.backUp()
  await server.expectEnded(partial, { outcome: 'warning', code: 'files_unreadable' })
  const status = await site.status()
  expect(status?.lastRuns[0]?.counts).toMatchObject({
    filesNew: 1,
    filesUnreadable: 1,
    unreadablePaths: [join(closed, 'private.txt')],
  })
  expect(await server.snapshots()).toEqual([partial.snapshotId])
})

test("somebody else's repository, where one is to be made and where ours was", async ({
  portal,
  newSite,
}) => {
  const site = newSite('occupied')
  const others = new PlainRestic({ folder: site.path('others'), key: 'known to somebody else' })
  await others.init()
  const theirs = await hashTree(site.path('others'))
  const server = await ProtectedServer.setUp(portal, site, 'occupied/fs1')

  await test.step('no second one is made over it', async () => {
    const { id: serverId } = await portal.serverPage('occupied/fs1')
    const place = { kind: 'folder', folder: site.path('others') }
    const repository = { serverId, name: 'Third disk', place }
    await (await portal.owner()).mutate('repositories.create', repository, z.unknown())
    await portal.untilServer(
      'occupied/fs1',
      'says why the repository could not be made',
      ({ repositories }) =>
        repositories.some(
          ({ name, state, errorCode }) =>
            name === 'Third disk' && state === 'failed' && errorCode === 'repository_password_wrong',
        ),
    )
    await portal.untilLogged('repository_password_wrong', 'occupied/fs1')
    expect(await site.managementLog()).toMatch(/repository Third disk: .* \[repository_password_wrong\]/)
    const { stdout } = await site.command(['repositories'])
    expect(stdout).toMatch(/Third disk\n.*\n {2}could not be made/)
  })

  await test.step('nothing is backed up into it', async () => {
    await rename(server.repository.folder, site.path('ours'))
    await cp(site.path('others'), server.repository.folder, { recursive: true, preserveTimestamps: true })
    const run = await server.backUp()
    await server.expectEnded(run, { outcome: 'failed', code: 'repository_password_wrong' })
    expect(await hashTree(server.repository.folder)).toEqual(theirs)
  })

  await rm(server.repository.folder, { recursive: true })
  await rename(site.path('ours'), server.repository.folder)
  await server.backUpWell()
})

test('a run that a power cut ended leaves nothing in the way', async ({ portal, newSite }) => {
  const site = newSite('powercut', { diskBytesPerSecond: 8 * MIB })
  const { folder } = await site.fixtureTree('documents', { bigFileBytes: 64 * MIB })
  const server = await ProtectedServer.setUp(portal, site, 'powercut/fs1', { sources: [folder] })
  const locks = () => readdir(join(server.repository.folder, 'locks'))

  const commandId = await server.startBackup()
  await server.untilLocked()
  await site.killAgent()
  expect(await locks()).toHaveLength(1)
  await portal.expectOffline('powercut/fs1', 'connection_lost')

  await site.startAgent()
  const run = await server.untilEnded(commandId)
  await server.expectEnded(run, { outcome: 'unknown', code: 'interrupted' })
  expect(await locks()).toEqual([])

  const snapshotId = await server.backUpWell()
  expect(await server.snapshots()).toEqual([snapshotId])
})

test('a repository that somebody else is working on', async ({ portal, newSite }) => {
  const site = newSite('locked')
  const server = await ProtectedServer.setUp(portal, site, 'locked/fs1')
  await server.backUpWell()
  const restic = await site.plainRestic(server.repository)
  await using colleague = await restic.startCheckAndPause()

  const run = await server.backUp()
  const holder = `process ${colleague.pid} on ${hostname()}`
  await server.expectEnded(run, { outcome: 'failed', code: 'repository_locked', told: holder })

  await colleague.finish()
  await server.backUpWell()
})

test('a disk that is full', async ({ workspace, portal, newSite }) => {
  test.skip(!canMountDisks, 'only root on Linux can mount a small disk')
  const site = newSite('full')
  await mountSmallDisk(workspace, site.path('disk'), 24)
  const { folder } = await site.fixtureTree('documents', { bigFileBytes: MIB })
  const repositoryFolder = site.path('disk', 'repository')
  const server = await ProtectedServer.setUp(portal, site, 'full/fs1', {
    sources: [folder],
    repositoryFolder,
  })
  const snapshotId = await server.backUpWell()
  const whole = await hashTree(folder)

  await writeFile(join(folder, 'too big'), noise('too big', 48 * MIB))
  const run = await server.backUp()
  await server.expectEnded(run, { outcome: 'failed', code: 'disk_full' })

  await test.step('the snapshot from before can be restored', async () => {
    const restic = await site.plainRestic(server.repository)
    expect(await hashTree(await restic.restore(snapshotId, folder, site.path('restored')))).toEqual(whole)
  })

  await rm(join(folder, 'too big'))
  await server.backUpWell()
})
