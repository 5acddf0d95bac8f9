/** What can be wrong with the machine that the agent runs on, and with the agent's own files. */
import { chmod, open, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REFUSALS } from '@holdfast/protocol'
import { noise } from '@holdfast/tooling/noise'
import { requireTool } from '@holdfast/tooling/tools'
import { ConsolePage } from '../../harness/console-page.ts'
import { aDayAhead } from '../../harness/faults.ts'
import { ProtectedServer } from '../../harness/protected-server.ts'
import { expect, testOnSharedPortal as test } from '../../harness/test.ts'
import { expectExplained, expectRefused } from '../../harness/words.ts'

test('restic goes missing, comes back too old, and is put right', async ({ workspace, portal, newSite }) => {
  const restic = join(await workspace.makeFolder('bin'), 'restic')
  const install = async () => symlink(await requireTool('restic'), restic)
  const site = newSite('restic', { env: { HOLDFAST_RESTIC: restic } })

  await test.step('who joins without it hears so at once', async () => {
    const { joinToken } = await portal.addServer('restic/new')
    const joined = await site.tryToJoin(joinToken)
    expect(joined).toMatchObject({ code: 0, stdout: expect.stringContaining('Joined') })
    expectExplained(joined.stderr, 'restic_missing')
    await site.command(['leave', '--yes'])
  })

  await install()
  const server = await ProtectedServer.setUp(portal, site, 'restic/fs1')

  await test.step('missing', async () => {
    await rm(restic)
    const run = await server.backUp()
    await server.expectEnded(run, { outcome: 'failed', code: 'restic_missing', told: restic })
    await portal.expectNotice('restic/fs1', 'restic_missing')
    await site.expectNotice('restic_missing')
  })

  await test.step('too old', async () => {
    await writeFile(restic, '#!/bin/sh\necho "restic 0.9.6 compiled with go1.13.4 on linux/amd64"\n')
    await chmod(restic, 0o755)
    const run = await server.backUp()
    await server.expectEnded(run, { outcome: 'failed', code: 'restic_too_old', told: '0.9.6' })
    await portal.expectNotice('restic/fs1', 'restic_too_old')
    await site.expectNotice('restic_too_old')
  })

  await test.step('put right', async () => {
    await rm(restic)
    await install()
    await server.backUpWell()
    await portal.untilServer('restic/fs1', 'has no notice', ({ notices }) => notices.length === 0)
    await site.untilStatus('has no notice', ({ notices }) => notices.length === 0)
  })
})

test('a clock that is a day ahead', async ({ page, portal, newSite }) => {
  const site = newSite('tomorrow', { env: aDayAhead })
  const server = await ProtectedServer.setUp(portal, site, 'tomorrow/clockserver')
  await portal.expectNotice('tomorrow/clockserver', 'clock_skew')
  await site.expectNotice('clock_skew')
  expect(await site.managementLog()).toContain(`${REFUSALS.clock_skew.title} [clock_skew]`)
  expect(await portal.untilLogged('clock_skew', 'tomorrow/clockserver')).toMatchObject({
    detail: '1 d ahead',
  })

  await test.step('the page of the server says what to do', async () => {
    const console = new ConsolePage(page, portal.console)
    await console.signIn(portal.account)
    await console.openServer('clockserver')
    await expect(page.getByText(REFUSALS.clock_skew.todo)).toBeVisible()
  })

  await test.step('backups go on, over the same link', async () => {
    await server.backUpWell()
    expect(await portal.logged('online', 'tomorrow/clockserver')).toHaveLength(1)
  })
})

test('a state file that is damaged', async ({ portal, newSite }) => {
  const site = newSite('damaged')
  const { joinToken } = await portal.addServer('damaged/fs1')
  await site.installAgent(joinToken)
  await portal.expectOnline('damaged/fs1')
  await site.stopAgent()
  await portal.expectOffline('damaged/fs1', 'agent_stopped')

  const file = join(site.stateFolder, 'state.sqlite')
  const whole = await readFile(file)
  // From the second page on: SQLite still takes it for a database of its own.
  await overwrite(file, noise('damage', whole.length - 4_096), 4_096)
  const damaged = await readFile(file)

  for (const command of [['run'], ['log'], ['repositories']]) {
    const refused = await site.command(command)
    expectRefused(refused, 'state_corrupt')
    expect(refused.stderr).toContain(file)
  }
  expect(await readFile(file), 'not repaired, not replaced').toEqual(damaged)

  await test.step('brought back from a backup, it works again', async () => {
    await writeFile(file, whole)
    await site.startAgent()
    await portal.expectOnline('damaged/fs1')
  })
})

test('a second agent on the same machine', async ({ portal, newSite }) => {
  const site = newSite('twice')
  const { joinToken } = await portal.addServer('twice/fs1')
  await site.installAgent(joinToken)
  await portal.expectOnline('twice/fs1')
  const first = await site.status()

  const second = await site.command(['run'])
  expectRefused(second, 'already_running')
  expect(second.stderr).toContain(`process ${first?.pid}`)

  expect(await site.status()).toMatchObject({ pid: first?.pid, portals: [{ state: 'online' }] })
  expect(await portal.logged('online', 'twice/fs1'), 'its link is the same one as before').toHaveLength(1)
})

async function overwrite(file: string, bytes: Buffer, offset: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(bytes, 0, bytes.length, offset)
  await handle.close()
}
