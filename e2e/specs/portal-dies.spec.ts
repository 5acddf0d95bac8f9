/**
 * Management is not backup. The portal is killed with SIGKILL while a backup runs: the backup does not notice, and the
 * portal, once it is back, learns what happened, exactly once and with nothing missing.
 */
import { createRepository, savePlan, startRun } from '@holdfast/tooling/portal-client'
import { ConsolePage } from '../harness/console-page.ts'
import { expect, test } from '../harness/test.ts'

/** Slow enough that a backup is still going when something is done to it. */
const DISK_BYTES_PER_SECOND = 8 * 1024 * 1024

test('a backup outlives the portal, and is in the history exactly once', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('fileserver', { diskBytesPerSecond: DISK_BYTES_PER_SECOND })
  const source = await site.fixtureTree('documents', { bigFileBytes: 15 * DISK_BYTES_PER_SECOND })
  const repository = { name: 'Second disk', folder: site.path('second-disk') }
  const { serverId, joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const owner = await portal.owner()
  const repositoryId = await createRepository(owner, { serverId, ...repository })
  const plan = { serverId, name: 'Documents', repositoryId, sources: [source.folder] }
  const planId = await savePlan(owner, plan)
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')

  const runId = await test.step('a backup is running, and the console shows it', async () => {
    await startRun(owner, planId)
    const { running } = await site.untilStatus('is backing up', ({ running }) => running.length === 1)
    await expect(console.runningBackup).toBeVisible()
    return running[0]?.runId
  })

  await test.step('the portal is killed in the middle; the backup goes on to its end', async () => {
    await portal.kill()
    const { running } = await site.untilStatus(
      'knows that the portal is gone',
      ({ portals }) => portals[0]?.state !== 'online',
    )
    expect(running, 'still in mid-run when the portal was gone').toMatchObject([{ runId }])
    await expect(page.getByText('Not live')).toBeVisible()
    const ended = await site.untilStatus('has ended the run', ({ running }) => running.length === 0, 60_000)
    expect(ended.lastRuns).toMatchObject([{ runId, outcome: 'succeeded' }])
    expect(ended.portals[0]?.reportsWaiting).toBeGreaterThan(0)
  })

  await test.step('the portal comes back, and catches up by itself', async () => {
    await portal.startAgain()
    await portal.expectOnline('acme/fileserver')
    await site.untilStatus('has reported everything', ({ portals }) => portals[0]?.reportsWaiting === 0)
  })

  await test.step('the run is there once, with what the agent knows of it', async () => {
    const { lastRuns } = await site.untilStatus('answers', () => true)
    const { runs } = await portal.serverPage('acme/fileserver')
    expect(runs).toMatchObject([
      {
        id: runId,
        state: 'succeeded',
        snapshotId: lastRuns[0]?.snapshotId,
        filesNew: lastRuns[0]?.counts?.filesNew,
        bytesProcessed: lastRuns[0]?.counts?.bytesProcessed,
      },
    ])
    const snapshots = await (await site.plainRestic(repository)).snapshots()
    expect(snapshots.map(({ id }) => id)).toEqual([lastRuns[0]?.snapshotId])
  })

  await test.step('and the page that was open all the time shows it', async () => {
    await console.tab('History')
    await expect(console.runs).toHaveCount(1)
    await expect(console.runs.first()).toContainText('Succeeded')
  })
})
