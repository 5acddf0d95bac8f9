/**
 * A plan says which snapshots stay. The portal only wishes it: nothing is removed before a person at the server has
 * allowed it, and then it is, down to what plain restic sees.
 */
import { createRepository, savePlan, startRun, untilRunEnded } from '@holdfast/tooling/portal-client'
import { ConsolePage } from '../harness/console-page.ts'
import { expect, test } from '../harness/test.ts'

const ONLY_THE_NEWEST = { last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 }

test('older snapshots are removed once the site allows it, and not before', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('fileserver')
  const source = await site.fixtureTree('documents', { bigFileBytes: 100_000 })
  const repository = { name: 'Second disk', folder: site.path('second-disk') }
  const { serverId, joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const owner = await portal.owner()
  const repositoryId = await createRepository(owner, { serverId, ...repository })
  const plan = { serverId, name: 'Documents', repositoryId, sources: [source.folder] }
  const planId = await savePlan(owner, { ...plan, retention: ONLY_THE_NEWEST })
  const backUp = async () => untilRunEnded(owner, { serverId, commandId: await startRun(owner, planId) })
  const snapshots = async () => (await site.plainRestic(repository)).snapshots()

  await test.step('without the leave of the site everything stays, and the backup says so', async () => {
    await backUp()
    const refused = { removed: 0, code: 'policy_refused' }
    expect(await backUp()).toMatchObject({ state: 'succeeded', errorCode: null, tidied: refused })
    expect(await snapshots()).toHaveLength(2)
    const console = new ConsolePage(page, portal.console)
    await console.signIn(portal.account)
    await console.openServer('fileserver')
    await expect(page.getByText('Keeps the newest one')).toBeVisible()
    await console.tab('History')
    await console.runs.first().click()
    await expect(page.getByText('Older snapshots were not removed')).toBeVisible()
    await expect(page.getByText('holdfast-agent policy acme/fileserver allow forget')).toBeVisible()
  })

  await test.step('with it, the older ones go with the next backup', async () => {
    const { stdout } = await site.command(['policy', 'acme/fileserver', 'allow', 'forget'])
    expect(stdout).toContain('may remove snapshots')
    const run = await backUp()
    expect(run).toMatchObject({ state: 'succeeded', tidied: { removed: 2, kept: 1, code: null } })
    expect((await snapshots()).map(({ id }) => id)).toEqual([run.snapshotId])
    await (await site.plainRestic(repository)).check()
  })
})
