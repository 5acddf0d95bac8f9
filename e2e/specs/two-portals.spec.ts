/**
 * One server, two portals: each with a name, a password and addresses of its own. What happens to one link does not
 * concern the other, and neither portal learns what the other asks for.
 */
import { createRepository, savePlan, startRun, untilRunEnded } from '@holdfast/tooling/portal-client'
import { Portal } from '../harness/portal.ts'
import { expect, test } from '../harness/test.ts'

type Customer = { portal: Portal; name: string; serverId: string; planId: string; repositoryId: string }

test('a server of two portals', async ({ workspace, portal: first, newSite }) => {
  const second = await Portal.start(workspace, {}, 'second-portal')
  const site = newSite('shared')
  const toFirst = await first.addServer('acme/shared')
  const toSecond = await second.addServer('partner/fs-of-acme')
  await site.installAgent(toFirst.joinToken)
  await first.expectOnline('acme/shared')
  const joined = await site.tryToJoin(toSecond.joinToken)
  expect(joined.code, joined.stderr).toBe(0)
  expect(joined.stdout).toContain('also connected to another portal, as acme/shared')
  await second.expectOnline('partner/fs-of-acme')
  const { folder } = await site.fixtureTree('documents', { bigFileBytes: 100_000 })

  async function setUp(portal: Portal, name: string, serverId: string, words: string): Promise<Customer> {
    const owner = await portal.owner()
    const disk = { serverId, name: `Disk ${words}`, folder: site.path(`disk-${words}`) }
    const repositoryId = await createRepository(owner, disk)
    const planId = await savePlan(owner, { serverId, name: `Plan ${words}`, repositoryId, sources: [folder] })
    return { portal, name, serverId, planId, repositoryId }
  }
  const a = await setUp(first, 'acme/shared', toFirst.serverId, 'one')
  const b = await setUp(second, 'partner/fs-of-acme', toSecond.serverId, 'two')
  const backUp = async ({ portal, planId, serverId }: Customer) => {
    const owner = await portal.owner()
    return untilRunEnded(owner, { serverId, commandId: await startRun(owner, planId) })
  }
  const untilReported = () =>
    site.untilStatus('has reported everything', ({ portals }) =>
      portals.every(({ reportsWaiting }) => reportsWaiting === 0),
    )

  const runs = await test.step('each commands a backup, at the same time', async () => {
    const both = await Promise.all([backUp(a), backUp(b)])
    expect(both).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }])
    return both
  })

  await test.step('neither sees plans, runs, repositories or log of the other', async () => {
    const { lastRuns, portals } = await untilReported()
    expect(lastRuns.map(({ runId }) => runId).sort(), 'the agent itself knows of both').toEqual(
      runs.map(({ id }) => id).sort(),
    )
    expect(portals.map(({ plans }) => plans.map(({ id }) => id))).toEqual([[a.planId], [b.planId]])
    for (const [mine, run, other, words] of [
      [a, runs[0], b, 'two'],
      [b, runs[1], a, 'one'],
    ] as const) {
      const page = await mine.portal.serverPage(mine.name)
      expect(page.runs.map(({ id }) => id)).toEqual([run.id])
      expect(page.repositories.map(({ id }) => id)).toEqual([mine.repositoryId])
      const everything = JSON.stringify([page, await mine.portal.allLogged()])
      for (const foreign of [other.name, other.serverId, other.planId, other.repositoryId, `Plan ${words}`])
        expect(everything).not.toContain(foreign)
    }
  })

  await test.step('one is killed: the link to the other is the same one as before, and works', async () => {
    const { link: before } = await second.serverPage(b.name)
    await first.kill()
    await site.untilStatus('knows that one is gone', ({ portals }) => portals[0]?.state !== 'online')
    expect(await backUp(b)).toMatchObject({ state: 'succeeded' })
    expect((await second.serverPage(b.name)).link).toEqual(before)
    await first.startAgain()
    await first.expectOnline(a.name)
    expect((await second.serverPage(b.name)).link).toEqual(before)
    expect(await backUp(a)).toMatchObject({ state: 'succeeded' })
  })

  await test.step('one is left: the other stays, with its plans, and the keys of both stay here', async () => {
    const { link: before } = await second.serverPage(b.name)
    const left = await site.command(['leave', a.name, '--yes'])
    expect(left.code, left.stderr).toBe(0)
    await first.untilServer(a.name, 'is offline', ({ link }) => !link.online)
    const { portals } = await site.untilStatus('has one portal', ({ portals }) => portals.length === 1)
    expect(portals).toMatchObject([{ name: b.name, state: 'online', plans: [{ id: b.planId }] }])
    expect(await backUp(b)).toMatchObject({ state: 'succeeded' })
    expect((await second.serverPage(b.name)).link).toEqual(before)
    for (const disk of ['Disk one', 'Disk two'])
      expect((await site.command(['repositories', 'key', disk])).stdout.trim()).not.toBe('')
  })
})
