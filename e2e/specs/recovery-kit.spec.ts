/**
 * Everything of ours is gone: no portal, no agent, no server. Somebody has a sheet of paper and a disk, types what the
 * paper says, with nothing but age and restic, and has every file back.
 */
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '@holdfast/tooling/processes'
import { requireTool } from '@holdfast/tooling/tools'
import type { Page } from '@playwright/test'
import encodeQR from 'qr'
import { extractText } from 'unpdf'
import { z } from 'zod'
import { ConsolePage } from '../harness/console-page.ts'
import { hashTree } from '../harness/hash-tree.ts'
import { ProtectedServer } from '../harness/protected-server.ts'
import { filesHolding, watchRequests } from '../harness/secrecy.ts'
import { expect, test } from '../harness/test.ts'
import { Vault } from '../harness/vault.ts'

test('a printed recovery kit, age and restic bring everything back when nothing else is left', async ({
  page,
  portal,
  newSite,
  workspace,
}) => {
  const site = newSite('fileserver')
  const { folder: source } = await site.fixtureTree()
  const server = await ProtectedServer.setUp(portal, site, 'acme/fileserver', { sources: [source] })
  await server.backUpWell()
  const console = new ConsolePage(page, portal.console)
  const sent = watchRequests(page)
  await console.signIn(portal.account)

  await test.step('the overview says who has no kit, and leads there', async () => {
    await expect(page.getByText('1 customer has no recovery kit yet')).toBeVisible()
    await page.getByRole('note').getByRole('link', { name: 'acme' }).click()
    await expect(console.heading(/^There is no recovery kit/)).toBeVisible()
  })

  const printed = await test.step('a kit is made, printed, and taken into use', async () => {
    const text = await makeKit(page, 'Make a recovery kit')
    await expect(console.heading('The recovery kit opens the repository')).toBeVisible()
    return text
  })
  const identity = found(/^AGE-SECRET-KEY-1[A-Z0-9]+$/m, printed)
  const recipient = found(/^age1[a-z0-9]+$/m, printed)

  await test.step('the server seals to this kit, and says so at the site', async () => {
    const { stdout } = await site.command(['recovery'])
    expect(stdout).toContain(recipient)
  })

  await test.step('the sheet can be checked in the browser, from a picture of its code', async () => {
    await page.getByRole('button', { name: 'Check a kit' }).click()
    const picture = Buffer.from(encodeQR(identity, 'gif', { scale: 6 }))
    const code = { name: 'kit.gif', mimeType: 'image/gif', buffer: picture }
    await page.getByLabel('Picture of the QR code').setInputFiles(code)
    await expect(page.getByLabel('Recovery key')).toHaveValue(identity)
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await expect(page.getByText('This kit opens the repository', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Close' }).last().click()
  })

  const archive = await test.step('the sealed keys can be kept beside it', () => sealedKeys(page))

  await test.step('its private half never came to the portal: in no request, no log, no file', async () => {
    expect(sent.some((request) => request.includes(recipient))).toBe(true)
    const secret = identity.replace('AGE-SECRET-KEY-1', '')
    expect(sent.filter((request) => request.toUpperCase().includes(secret))).toEqual([])
    expect(portal.log().toUpperCase()).not.toContain(secret)
  })

  await test.step('portal and agent are gone', async () => {
    await page.close()
    await site.stopAgent()
    await portal.stop()
    expect(await filesHolding(portal.dataFolder, identity)).toEqual([])
  })

  await test.step('what is printed is done, word by word, and every file is back', async () => {
    const home = await workspace.makeFolder('stranger')
    await writeFile(join(home, 'kit.txt'), `${identity}\n`)
    const script = [
      found(/^cd '.*'$/m, printed),
      ...(printed.match(/^(?:age --decrypt|sed -n|restic -r) .*$/gm) ?? []),
    ]
    expect(script).toHaveLength(5)
    await followed(script, home)
    const restored = join(home, 'restored', source)
    expect(await hashTree(restored)).toEqual(await hashTree(source))
  })

  await test.step('the same with the sealed key from the archive, should the one in the folder be lost', async () => {
    const home = await workspace.makeFolder('stranger-with-archive')
    await writeFile(join(home, 'kit.txt'), `${identity}\n`)
    await copyFile(archive, join(home, 'sealed-keys-acme.tar'))
    const unpack = found(/^tar .*$/m, printed)
    await followed([unpack, 'age --decrypt -i ~/kit.txt -o ~/key.txt ~/*.age'], home)
    expect(await readFile(join(home, 'key.txt'), 'utf8')).toContain(
      `\nlocation: ${server.repository.folder}\n`,
    )
  })
})

test('it brings back what lies in a vault whose program does not run any more', async ({
  page,
  portal,
  newSite,
  workspace,
}) => {
  const vault = new Vault(workspace)
  const owner = await portal.owner()
  const { command: trust } = await owner.query('vaults.trust', {}, z.object({ command: z.string() }))
  expect((await vault.command(...trust.split(' ').slice(1))).code).toBe(0)
  await vault.serve()
  const registered = { name: 'Zurich', address: vault.address, trust: await vault.fingerprint() }
  const { vaultId } = await owner.mutate('vaults.register', registered, z.object({ vaultId: z.uuid() }))
  const site = newSite('fileserver')
  const { folder: source } = await site.fixtureTree()
  const server = await ProtectedServer.setUp(portal, site, 'acme/fileserver', { sources: [source], vaultId })
  await server.backUpWell()

  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await page.getByRole('note').getByRole('link', { name: 'acme' }).click()
  const printed = await makeKit(page, 'Make a recovery kit')
  await expect(console.heading('The recovery kit opens the repository')).toBeVisible()
  const archive = await sealedKeys(page)
  await page.close()
  await site.stopAgent()
  await portal.stop()
  await vault.stop()

  const home = await workspace.makeFolder('stranger')
  await writeFile(join(home, 'kit.txt'), `${found(/^AGE-SECRET-KEY-1[A-Z0-9]+$/m, printed)}\n`)
  await copyFile(archive, join(home, 'sealed-keys-acme.tar'))
  const script = [
    found(/^tar .*$/m, printed),
    `cd '${vault.folder}'`,
    found(/^cd customers.*$/m, printed),
    found(/^age --decrypt .*fileserver.*$/m, printed),
    ...(printed.match(/^(?:sed -n|restic -r) .*$/gm) ?? []),
  ]
  expect(script).toHaveLength(7)
  await followed(script, home)
  expect(await hashTree(join(home, 'restored', source))).toEqual(await hashTree(source))
})

test('another kit is used only where somebody at the site accepts it', async ({ page, portal, newSite }) => {
  const site = newSite('fileserver')
  await ProtectedServer.setUp(portal, site, 'acme/fileserver')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await page.getByRole('note').getByRole('link', { name: 'acme' }).click()
  await makeKit(page, 'Make a recovery kit')
  await expect(console.heading('The recovery kit opens the repository')).toBeVisible()

  await makeKit(page, 'Make a new kit')
  await expect(console.heading('The recovery kit opens 0 of 1 repository')).toBeVisible()
  await site.untilLogged('recovery_key_changed', 0)
  const command = await page
    .getByRole('group', { name: 'Command at the server' })
    .locator('code')
    .textContent()
  expect((await site.command(['recovery'])).stdout).toContain(command)

  const [program, ...words] = (command ?? '').split(' ')
  expect(program).toBe('holdfast-agent')
  expect(await site.command(words)).toMatchObject({ code: 0 })
  await expect(console.heading('The recovery kit opens the repository')).toBeVisible()
})

/** On the page of the kit. Gives what is printed. */
async function makeKit(page: Page, verb: string): Promise<string> {
  await page.getByRole('button', { name: verb }).click()
  await page.getByRole('button', { name: 'Make the key' }).click()
  const use = page.getByRole('button', { name: 'Use this kit' })
  await expect(use).toBeDisabled()
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download the kit (PDF)' }).click()
  const file = await (await downloading).path()
  await page.getByRole('checkbox', { name: /^The kit is printed/ }).click()
  await use.click()
  await expect(use).toBeHidden()
  const { text } = await extractText(new Uint8Array(await readFile(file)))
  return text.join('\n')
}

async function sealedKeys(page: Page): Promise<string> {
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download sealed keys' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('sealed-keys-acme.tar')
  const kept = join(dirname(await download.path()), 'kept.tar')
  await download.saveAs(kept)
  return kept
}

/** Types lines into a shell of somebody who has age and restic, and nothing of ours. */
async function followed(lines: readonly string[], home: string): Promise<void> {
  const programs = await Promise.all([requireTool('age'), requireTool('restic')])
  const path = [...new Set(programs.map((program) => dirname(program))), '/usr/bin', '/bin'].join(':')
  const script = ['set -e', `cd '${home}'`, ...lines].join('\n')
  const ended = await run('env', ['-i', `HOME=${home}`, `PATH=${path}`, 'sh', '-c', script])
  expect(ended, ended.stderr).toMatchObject({ code: 0 })
}

function found(what: RegExp, text: string): string {
  const [match] = what.exec(text) ?? []
  if (match === undefined) throw new Error(`Nothing printed is like ${what}:\n${text}`)
  return match
}
