/**
 * The agent keeps the time. A plan that is to run each minute runs while its portal is dead, and when the portal is back
 * it learns of each run, once, with the reason why it began.
 */
import { createRepository, savePlan } from '@holdfast/tooling/portal-client'
import { ConsolePage } from '../harness/console-page.ts'
import { expect, test } from '../harness/test.ts'

/** The shortest schedule there is; two runs of it take up to two minutes, whatever the machine. */
const EACH_MINUTE = {
  times: { kind: 'cron' as const, expression: '* * * * *' },
  jitterMinutes: 0,
  quiet: [],
  runMissed: true,
}
const TWO_RUNS_MS = 150_000

test('a plan runs by its schedule while the portal is dead, and is in the history exactly once', async ({
  page,
  portal,
  newSite,
}) => {
  test.setTimeout(240_000)
  const site = newSite('fileserver')
  const source = await site.fixtureTree('documents', { bigFileBytes: 100_000 })
  const repository = { name: 'Second disk', folder: site.path('second-disk') }
  const { serverId, joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const owner = await portal.owner()
  const repositoryId = await createRepository(owner, { serverId, ...repository })
  const plan = { serverId, name: 'Documents', repositoryId, sources: [source.folder], schedule: EACH_MINUTE }
  await savePlan(owner, plan)

  await test.step('the server has taken the schedule over, and its page says when it runs next', async () => {
    await portal.untilServer(
      'acme/fileserver',
      'holds the plan',
      ({ plans }) => plans[0]?.agentRevision === 1,
    )
    const console = new ConsolePage(page, portal.console)
    await console.signIn(portal.account)
    await console.openServer('fileserver')
    await expect(page.getByText('By the cron expression * * * * *')).toBeVisible()
    await expect(page.getByText(/^Next run .+ at the site, (just now|in \d+ s)$/)).toBeVisible()
  })

  const ranAlone = await test.step('the portal is killed; the plan runs, and runs again', async () => {
    await portal.kill()
    const { lastRuns } = await site.untilStatus(
      'knows that the portal is gone',
      ({ portals }) => portals[0]?.state !== 'online',
    )
    const before = lastRuns.map(({ runId }) => runId)
    const isNew = ({ runId }: { runId: string }) => !before.includes(runId)
    const after = await site.untilStatus(
      'has run twice by itself',
      (status) => status.lastRuns.filter(isNew).length >= 2,
      TWO_RUNS_MS,
    )
    const alone = after.lastRuns.filter(isNew)
    for (const { outcome } of alone) expect(outcome).toBe('succeeded')
    expect(after.portals[0]?.reportsWaiting).toBeGreaterThan(0)
    return alone.map(({ runId }) => runId)
  })

  await test.step('the portal comes back, and has each run once, with its reason', async () => {
    await portal.startAgain()
    await portal.expectOnline('acme/fileserver')
    await site.untilStatus('has reported everything', ({ portals }) => portals[0]?.reportsWaiting === 0)
    const { runs } = await portal.serverPage('acme/fileserver')
    const ids = runs.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ranAlone)
      expect(runs.find((run) => run.id === id)).toMatchObject({ why: 'schedule', commandId: null })
    const snapshots = await (await site.plainRestic(repository)).snapshots()
    const known = runs.flatMap(({ snapshotId }) => (snapshotId === null ? [] : [snapshotId]))
    for (const { id } of snapshots) expect(known).toContain(id)
  })

  await test.step('and the page shows it', async () => {
    const console = new ConsolePage(page, portal.console)
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Schedule')
  })
})
