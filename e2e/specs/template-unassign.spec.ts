/**
 * A template is taken from the servers that it went to: one loses its plan with it, the other keeps it as a plan of its
 * own. What that means for each stands there before it is done, and nothing brings it back behind anybody's back.
 */
import { createRepository } from '@holdfast/tooling/portal-client'
import { ConsolePage } from '../harness/console-page.ts'
import { ProtectedServer } from '../harness/protected-server.ts'
import { TemplatesPage } from '../harness/templates-page.ts'
import { expect, test } from '../harness/test.ts'

const TEMPLATE = 'Leap papers'
/** On the 29th of February, so that nothing runs meanwhile. */
const HARDLY_EVER = '0 4 29 2 *'

test('one server loses the plan with the template, the other keeps it as its own', async ({
  page,
  portal,
  newSite,
}) => {
  const archive = newSite('archive')
  await ProtectedServer.setUp(portal, archive, 'acme/archive')
  const fileserver = newSite('fileserver')
  const { folder } = await fileserver.fixtureTree('papers', { bigFileBytes: 100_000 })
  const { serverId, joinToken } = await portal.addServer('acme/fileserver')
  await fileserver.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const disk = { name: 'Second disk', folder: fileserver.path('second-disk') }
  await createRepository(await portal.owner(), { serverId, ...disk })
  const plansOn = async (server: string) => {
    const { plans } = await portal.serverPage(server)
    return plans.map(({ name }) => name).sort()
  }

  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  const templates = new TemplatesPage(page, console)

  await test.step('both servers get the template', async () => {
    await templates.write({ name: TEMPLATE, folder, cron: HARDLY_EVER })
    await templates.choose('archive', 'fileserver')
    await templates.preview()
    await expect(templates.previewed('Made')).toHaveCount(2)
    await templates.apply()
    await expect(templates.row(TEMPLATE)).toContainText('2 plans')
    await archive.untilStatus('holds both plans', ({ portals }) => portals[0]?.plans.length === 2)
    await fileserver.untilStatus('holds the plan', ({ portals }) => portals[0]?.plans.length === 1)
  })

  await test.step('what would become of each plan is said, and only looking changes nothing', async () => {
    await templates.beginToUnassign(TEMPLATE)
    for (const server of ['archive', 'fileserver']) {
      // Anywhere on the row.
      await templates.planOn(server).getByText(TEMPLATE).click()
      await expect(templates.planOn(server).getByRole('checkbox')).toBeChecked()
      await expect(templates.planOn(server)).toContainText(`Stays: By the cron expression ${HARDLY_EVER}.`)
    }
    await templates.plansAre('They go')
    await expect(templates.planOn('archive')).toContainText('Goes. The server has other plans.')
    await expect(templates.planOn('fileserver')).toContainText('Goes. Nothing else backs up this server.')
    await expect(page.getByText('Nothing has been changed yet.')).toBeVisible()
    expect(await plansOn('acme/archive')).toEqual(['Documents', TEMPLATE])
    expect(await plansOn('acme/fileserver')).toEqual([TEMPLATE])
  })

  await test.step('the archive loses the plan: here, and at the server', async () => {
    await templates.planOn('fileserver').getByRole('checkbox').uncheck()
    await templates.unassign({ asked: 'Their servers have other plans, which go on.', verb: 'Remove 1 plan' })
    await expect(templates.row(TEMPLATE)).toContainText('1 plan')
    expect(await plansOn('acme/archive')).toEqual(['Documents'])
    expect((await portal.serverPage('acme/archive')).repositories).toHaveLength(1)
    await archive.untilStatus('holds its own plan alone', ({ portals }) => portals[0]?.plans.length === 1)
    expect(await plansOn('acme/fileserver')).toEqual([TEMPLATE])
  })

  await test.step('the file server keeps it, as a plan of its own that says what it said', async () => {
    await templates.beginToUnassign(TEMPLATE)
    await expect(templates.planOn('archive')).toHaveCount(0)
    await templates.planOn('fileserver').getByRole('checkbox').check()
    await templates.unassign({ asked: 'Each goes on as a plan of its own.', verb: 'Unassign' })
    await expect(templates.row(TEMPLATE)).toContainText('Not used yet')
    await console.open()
    await console.openServer('fileserver')
    await console.tab('Backup')
    await expect(page.getByText(HARDLY_EVER).first()).toBeVisible()
    await expect(page.getByText('From the template')).toHaveCount(0)
    const { portals } = await fileserver.untilStatus('answers', () => true)
    expect(portals[0]?.plans).toHaveLength(1)
  })

  await test.step('undoing what the template did leaves both alone, and says so', async () => {
    await console.open('/templates')
    await templates.undo(TEMPLATE, 1)
    await expect(templates.leftAlone).toHaveText([
      `Left alone: ${TEMPLATE} on archive, removed since then`,
      `Left alone: ${TEMPLATE} on fileserver, changed since then`,
    ])
    expect(await plansOn('acme/archive')).toEqual(['Documents'])
    expect(await plansOn('acme/fileserver')).toEqual([TEMPLATE])
  })
})
