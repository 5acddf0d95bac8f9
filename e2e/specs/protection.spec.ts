/**
 * What all of this is for: a server joins, a template protects it without anybody going there, its backups run by
 * themselves into the vault, and what somebody destroyed comes back from the browser, byte for byte.
 */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConsolePage } from '../harness/console-page.ts'
import { hashTree } from '../harness/hash-tree.ts'
import { registerVault } from '../harness/register-vault.ts'
import { RestorePage } from '../harness/restore-page.ts'
import { TemplatesPage } from '../harness/templates-page.ts'
import { expect, test } from '../harness/test.ts'
import { Vault } from '../harness/vault.ts'

const NIGHTLY = 'Documents of the office'
/** The shortest schedule there is: whatever the machine, its time comes within a minute. */
const EACH_MINUTE = '* * * * *'
const RUN_MS = 150_000

test('a template protects a server, and what was lost comes back from the vault', async ({
  page,
  portal,
  newSite,
  workspace,
}) => {
  test.setTimeout(360_000)
  const site = newSite('fileserver')
  const { folder: source } = await site.fixtureTree('documents', { bigFileBytes: 100_000 })
  const { joinToken } = await portal.addServer('acme/fileserver')
  await site.installAgent(joinToken)
  await portal.expectOnline('acme/fileserver')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  const templates = new TemplatesPage(page, console)
  await registerVault(page, console, new Vault(workspace), 'Zurich')

  await test.step('a template says what is to be done, and its preview what that would do here', async () => {
    await templates.write({ name: NIGHTLY, folder: source, cron: EACH_MINUTE })
    await templates.choose('fileserver')
    await templates.preview()
    await expect(templates.previewed('Made')).toContainText('Zurich, made in the vault')
    expect((await portal.serverPage('acme/fileserver')).plans).toEqual([])
  })

  await test.step('applied, it runs by itself, into the vault', async () => {
    await templates.apply()
    await site.untilStatus(
      'has backed up by itself',
      ({ lastRuns }) => lastRuns.some(({ outcome }) => outcome === 'succeeded'),
      RUN_MS,
    )
    await console.open()
    await console.openServer('fileserver')
    await console.tab('History')
    await expect(console.runs.first()).toContainText('Schedule')
    await console.tab('Backup')
    await expect(page.getByText(`From the template ${NIGHTLY}`)).toBeVisible()
  })

  await test.step('the template is changed, and applied again: the preview tells before from after', async () => {
    await templates.runOnlyWhenAsked(NIGHTLY)
    await templates.preview()
    const changed = templates.previewed('Changed')
    await expect(changed).toContainText(`By the cron expression ${EACH_MINUTE}`)
    await expect(changed).toContainText('Only when somebody starts it')
    await templates.apply()
    await portal.untilServer(
      'acme/fileserver',
      'holds the plan as it is now',
      ({ plans }) => plans[0]?.agentRevision === 2,
    )
    await site.untilStatus('rests', ({ running }) => running.length === 0)
    await site.untilStatus('has reported everything', ({ portals }) => portals[0]?.reportsWaiting === 0)
  })

  const before = await hashTree(source)
  await test.step('somebody changes one file and deletes another', async () => {
    await writeFile(join(source, 'names', 'plain.txt'), 'not what it was')
    await rm(join(source, 'names', '.hidden'))
    expect(await hashTree(source)).not.toEqual(before)
  })

  await test.step('both come back from the browser, with the bytes, rights and times that they had', async () => {
    const restore = new RestorePage(page)
    await console.open()
    await console.openServer('fileserver')
    await console.tab('Restore')
    await restore.openFolder(join(source, 'names'))
    await restore.choose('plain.txt', '.hidden')
    await restore.checkFirst()
    await expect(restore.dialog).toContainText('1 file would be replaced, 1 would be put back.')
    await restore.restore('Restore 2 files')
    await restore.done()
    expect(await hashTree(source)).toEqual(before)
  })

  await test.step('what the template did is taken back, the newest first', async () => {
    await console.open('/templates')
    await templates.undo(NIGHTLY, 2)
    await portal.untilServer(
      'acme/fileserver',
      'has the schedule again',
      ({ plans }) => plans[0]?.revision === 3,
    )
    await templates.undo(NIGHTLY, 1)
    expect((await portal.serverPage('acme/fileserver')).plans).toEqual([])
    await site.untilStatus('holds no plan any more', ({ portals }) => portals[0]?.plans.length === 0)
  })
})
