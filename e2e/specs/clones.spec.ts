/**
 * Copied machines. An agent's folder is copied, as the disk of a virtual machine is, and both say that they are the same
 * server: the copy is turned away at once, what the original does goes on, and a person at the console decides.
 */
import { cpSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename } from 'node:path'
import { createRepository, savePlan, startRun, untilRunEnded } from '@holdfast/tooling/portal-client'
import type { Page } from '@playwright/test'
import { ConsolePage } from '../harness/console-page.ts'
import type { Portal } from '../harness/portal.ts'
import type { Site } from '../harness/site.ts'
import { expect, test } from '../harness/test.ts'

const REFUSED_MS = 10_000
const DISK_BYTES_PER_SECOND = 8 * 1024 * 1024

/** Names may be given to processes by root alone; elsewhere all have this machine's. */
const maySetNames = process.platform === 'linux' && process.getuid?.() === 0
const nameOf = (name: string) => (maySetNames ? name : hostname())
const named = (name: string) => ({
  launcher: maySetNames ? ['unshare', '--uts', 'sh', '-c', `hostname ${name} && exec "$0" "$@"`] : [],
})

/** Joined, copied while it is stopped, and started again. */
async function joinAndCopy(portal: Portal, name: string, original: Site, copies: readonly Site[]) {
  const server = await portal.addServer(name)
  await original.installAgent(server.joinToken)
  await portal.expectOnline(name)
  await original.stopAgent()
  const isFile = (path: string) => basename(path) !== 'control.sock'
  for (const copy of copies)
    cpSync(original.stateFolder, copy.stateFolder, { recursive: true, filter: isFile })
  await original.startAgent()
  await portal.expectOnline(name)
  return server
}

const untilRefused = (copy: Site, code: string, withinMs?: number) =>
  copy.untilStatus(`is refused: ${code}`, ({ portals }) => portals[0]?.code === code, withinMs)

function notice(page: Page) {
  return page.getByRole('note').filter({ hasText: 'Another machine is using this server’s name' })
}

async function openServer(page: Page, portal: Portal, serverId: string): Promise<void> {
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.open(`/servers/${serverId}`)
}

test('a copy is turned away while the original backs up, and is kept out', async ({
  page,
  portal,
  newSite,
}) => {
  const original = newSite('original', { diskBytesPerSecond: DISK_BYTES_PER_SECOND })
  const [copy, second] = [newSite('copy', named('copy-pc')), newSite('second', named('second-pc'))]
  const { serverId } = await joinAndCopy(portal, 'acme/fs1', original, [copy, second])
  const owner = await portal.owner()
  const source = await original.fixtureTree('documents', { bigFileBytes: 15 * DISK_BYTES_PER_SECOND })
  const repository = { serverId, name: 'Second disk', folder: original.path('second-disk') }
  const repositoryId = await createRepository(owner, repository)
  const planId = await savePlan(owner, {
    serverId,
    name: 'Documents',
    repositoryId,
    sources: [source.folder],
  })
  const commandId = await startRun(owner, planId)
  await original.untilStatus('is backing up', ({ running }) => running.length === 1)
  const before = (await portal.serverPage('acme/fs1')).link

  await test.step('the copy reads why, and what to do', async () => {
    await copy.startAgent()
    await untilRefused(copy, 'clone_refused', REFUSED_MS)
    const { stdout } = await copy.command(['status'])
    expect(stdout).toContain('This server is already connected from another machine [clone_refused]')
    expect(stdout).toContain('choose "Split"')
    expect(await copy.managementLog()).toContain('[clone_refused]')
    const doctor = await copy.command(['doctor'])
    expect(doctor.stdout).toContain('clone_refused')
  })

  await test.step('the original notices nothing: its link is the same, and its backup runs to its end', async () => {
    expect((await portal.serverPage('acme/fs1')).link).toEqual(before)
    expect(await untilRunEnded(owner, { serverId, commandId })).toMatchObject({ state: 'succeeded' })
  })

  await test.step('the console shows the copy, and it is kept out', async () => {
    await openServer(page, portal, serverId)
    await expect(notice(page)).toContainText(nameOf('copy-pc'))
    await expect(notice(page)).toContainText('First seen')
    await notice(page).getByRole('button', { name: 'Keep' }).click()
    await expect(notice(page)).toHaveCount(0)
    await portal.untilLogged('copy_kept_out', 'acme/fs1')
  })

  await test.step('the copy is told so when it asks again, and is not shown again', async () => {
    await copy.stopAgent()
    await copy.startAgent()
    const { portals } = await untilRefused(copy, 'clone_refused')
    expect(portals[0]?.detail).toContain('the other machine is the right one')
  })

  await test.step('another copy is news', async () => {
    await second.startAgent()
    await untilRefused(second, 'clone_refused')
    await expect(notice(page)).toHaveCount(1)
    await expect(notice(page)).toContainText(nameOf('second-pc'))
    expect((await portal.serverPage('acme/fs1')).link.changedAt).toEqual(before.changedAt)
  })
})

test('a copy becomes a server of its own, and keeps its backups and keys', async ({
  page,
  portal,
  newSite,
}) => {
  const [original, copy] = [newSite('original'), newSite('copy', named('copy-pc'))]
  const { serverId, joinToken } = await portal.addServer('acme/fs1')
  await original.installAgent(joinToken)
  await portal.expectOnline('acme/fs1')
  const owner = await portal.owner()
  await createRepository(owner, { serverId, name: 'Second disk', folder: original.path('second-disk') })
  await original.stopAgent()
  cpSync(original.stateFolder, copy.stateFolder, { recursive: true })
  await original.startAgent()
  await portal.expectOnline('acme/fs1')
  await copy.startAgent()
  await untilRefused(copy, 'clone_refused', REFUSED_MS)
  await openServer(page, portal, serverId)
  await notice(page).getByRole('link', { name: 'Split' }).click()

  const expectedName = maySetNames ? 'copy-pc' : await page.getByLabel('Server name').inputValue()
  const token = await test.step('it is registered under a name that its host name suggests', async () => {
    await expect(page.getByLabel('Server name')).toHaveValue(expectedName)
    await expect(page.getByLabel('Management password')).not.toHaveValue('')
    await page.getByRole('button', { name: 'Register server' }).click()
    const shown = page.getByRole('group', { name: 'Join token' }).locator('code')
    await expect(shown).toBeVisible()
    await portal.untilLogged('copy_split', 'acme/fs1')
    return (await shown.textContent()) ?? ''
  })

  await test.step('the copy is told what it is now, and what to type', async () => {
    await copy.stopAgent()
    await copy.startAgent()
    const { portals } = await untilRefused(copy, 'clone_split')
    expect(portals[0]?.detail).toContain(`acme/${expectedName}`)
    expect((await copy.command(['status'])).stdout).toContain('holdfast-agent join')
  })

  await test.step('it joins with its own token: both are online, and nothing of its backups is lost', async () => {
    const keyOf = async (site: Site) =>
      (await site.command(['repositories', 'key', 'Second disk'])).stdout.trim()
    const joined = await copy.tryToJoin(token)
    expect(joined.code, joined.stderr).toBe(0)
    expect(joined.stdout).toContain('no longer acme/fs1')
    const { portals } = await copy.untilStatus('is online', ({ portals }) => portals[0]?.state === 'online')
    expect(portals.map(({ name }) => name)).toEqual([`acme/${expectedName}`])
    await expect(page.getByText('Connected', { exact: true })).toBeVisible()
    await portal.expectOnline('acme/fs1')
    expect(await keyOf(copy)).toBe(await keyOf(original))
    expect(await keyOf(copy)).not.toBe('')
  })

  await test.step('the notice is gone', async () => {
    await page.goto(new URL(`/servers/${serverId}`, portal.console).href)
    await expect(page.getByRole('heading', { name: 'fs1', level: 1 })).toBeVisible()
    await expect(notice(page)).toHaveCount(0)
  })
})

test('the other machine is the right one', async ({ page, portal, newSite }) => {
  const [old, restored] = [newSite('old', named('old-pc')), newSite('restored', named('new-pc'))]
  const { serverId } = await joinAndCopy(portal, 'acme/fs1', old, [restored])
  await restored.startAgent()
  await untilRefused(restored, 'clone_refused', REFUSED_MS)

  await openServer(page, portal, serverId)
  await notice(page).getByRole('button', { name: 'The other machine is the right one' }).click()
  await page.getByRole('button', { name: 'Hand over' }).click()
  await expect(notice(page)).toHaveCount(0)
  await untilRefused(old, 'clone_refused')

  // It would come by itself within a minute; whoever stands there does not wait.
  await restored.stopAgent()
  await restored.startAgent()
  await restored.untilStatus('is online', ({ portals }) => portals[0]?.state === 'online')
  await portal.expectOnline('acme/fs1')
  await portal.untilLogged('new_installation', 'acme/fs1')
  await expect(notice(page)).toHaveCount(0)
  // Its link was cut at once; why is said when it comes back.
  await old.untilStatus('says why', ({ portals }) => portals[0]?.detail?.includes('the right one') === true)
})
