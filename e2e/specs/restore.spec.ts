/** Getting things back in the browser: onto the server, and as a download, byte for byte. */
import { execFileSync } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Download } from '@playwright/test'
import { ConsolePage } from '../harness/console-page.ts'
import { hashTree } from '../harness/hash-tree.ts'
import { ProtectedServer } from '../harness/protected-server.ts'
import { RestorePage } from '../harness/restore-page.ts'
import { expect, test } from '../harness/test.ts'

test('a file that was changed and one that was deleted come back as they were', async ({
  page,
  portal,
  newSite,
}) => {
  const site = newSite('fileserver')
  const server = await ProtectedServer.setUp(portal, site, 'acme/fileserver')
  await server.backUpWell()
  const source = site.path('documents')
  const before = await hashTree(source)
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  const restore = new RestorePage(page)

  await test.step('somebody changes one and deletes another', async () => {
    await writeFile(join(source, 'names', 'plain.txt'), 'not what it was')
    await rm(join(source, 'names', '.hidden'))
    expect(await hashTree(source)).not.toEqual(before)
  })

  await test.step('the snapshot is opened, folder by folder, with the keyboard', async () => {
    await console.tab('Restore')
    await restore.openFolder(join(source, 'names'))
    await restore.choose('plain.txt', '.hidden')
  })

  await test.step('it says first what would happen', async () => {
    await restore.checkFirst()
    await expect(restore.dialog).toContainText('1 file would be replaced, 1 would be put back.')
    expect(await hashTree(source), 'nothing has changed yet').not.toEqual(before)
  })

  await test.step('and then brings them back, with rights and times', async () => {
    await restore.restore('Restore 2 files')
    await expect(restore.dialog).toContainText('1 file was replaced, 1 was put back.')
    expect(await hashTree(source)).toEqual(before)
  })

  await test.step('the history and the log tell of it', async () => {
    await restore.done()
    await console.tab('History')
    await expect(page.getByRole('grid', { name: 'Restores' })).toContainText('1 file was replaced')
    const logged = await portal.untilLogged('command_succeeded', 'acme/fileserver')
    expect(logged.detail).toContain('Restore')
  })
})

test('a file and a folder are downloaded as they are in the snapshot', async ({ page, portal, newSite }) => {
  const site = newSite('fileserver')
  const server = await ProtectedServer.setUp(portal, site, 'acme/fileserver')
  await server.backUpWell()
  const source = site.path('documents')
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  const restore = new RestorePage(page)
  await console.tab('Restore')
  await restore.openFolder(source)

  await test.step('one file, under its own name', async () => {
    await restore.choose('big.bin')
    const downloaded = await restore.download('Download')
    expect(downloaded.suggestedFilename()).toBe('big.bin')
    const saved = await saveTo(site.path('saved'), downloaded)
    expect(await hashTree(join(saved, '..'))).toMatchObject({
      'big.bin': expect.stringContaining(hashOf(await hashTree(source), 'big.bin')),
    })
    await restore.clear()
  })

  await test.step('a folder, as a zip that any program opens', async () => {
    await restore.choose('documents')
    const downloaded = await restore.download('Download as zip')
    expect(downloaded.suggestedFilename()).toBe('documents.zip')
    const zip = await saveTo(site.path('zipped'), downloaded)
    const unpacked = site.path('unpacked')
    execFileSync('python3', ['-m', 'zipfile', '-e', zip, unpacked])
    const inZip = await hashTree(unpacked)
    const original = await hashTree(join(source, 'documents'))
    const files = Object.entries(original).filter(([, facts]) => facts.startsWith('file'))
    expect(files.length).toBe(200)
    for (const [path, facts] of files) {
      const found = Object.entries(inZip).find(([name]) => name.endsWith(`documents/${path}`))
      expect(found?.[1].split(' ').at(-1), path).toBe(facts.split(' ').at(-1))
    }
  })

  await test.step('several things of one place, as one zip', async () => {
    await restore.clear()
    await restore.choose('big.bin', 'names')
    const downloaded = await restore.download('Download as zip')
    expect(downloaded.suggestedFilename()).toBe(`${basename(source)}.zip`)
    const zip = await saveTo(site.path('zipped'), downloaded)
    const unpacked = site.path('several')
    execFileSync('python3', ['-m', 'zipfile', '-e', zip, unpacked])
    const inZip = await hashTree(unpacked)
    expect(hashOf(inZip, 'big.bin')).toBe(hashOf(await hashTree(source), 'big.bin'))
    expect(hashOf(inZip, 'names/plain.txt')).toBe(hashOf(await hashTree(source), 'names/plain.txt'))
    expect(Object.keys(inZip).some((path) => path.startsWith('documents'))).toBe(false)
    await restore.clear()
    await restore.choose('documents')
  })

  await test.step('nothing of it is for a browser to run, and it is given to nobody a second time', async () => {
    const address = await restore.addressOfDownload('Download as zip')
    const answer = await page.request.get(address)
    expect(answer.status()).toBe(200)
    expect(answer.headers()).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="documents.zip"; filename*=UTF-8''documents.zip`,
      'content-security-policy': expect.stringContaining('sandbox'),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store, no-transform',
    })
    expect(answer.headers()['content-length']).toBeUndefined()
    expect((await page.request.get(address)).status()).toBe(404)
  })

  await test.step('the log says who took what', async () => {
    const logged = (await portal.logged('download_done', 'acme/fileserver')).map(({ detail }) => detail)
    expect(logged).toContainEqual(expect.stringContaining(join(source, 'big.bin')))
    expect(logged).toContainEqual(expect.stringContaining(join(source, 'documents')))
  })
})

test('a download that is cut does not look whole', async ({ page, portal, newSite }) => {
  const site = newSite('fileserver')
  const { folder: source } = await site.fixtureTree('documents', { bigFileBytes: 64 * 1024 * 1024 })
  const server = await ProtectedServer.setUp(portal, site, 'acme/fileserver', { sources: [source] })
  await server.backUpWell()
  const console = new ConsolePage(page, portal.console)
  await console.signIn(portal.account)
  await console.openServer('fileserver')
  await console.tab('Restore')
  const restore = new RestorePage(page)
  await restore.openFolder(source)
  await restore.choose('big.bin')
  const address = await restore.addressOfDownload('Download')
  // A reader that takes its first piece and then waits: what it does not take holds back everybody up to restic.
  const reading = await page.evaluateHandle(async (from) => {
    const reader = (await fetch(from)).body?.getReader()
    await reader?.read()
    return reader
  }, address)
  await site.killAgent()
  await portal.expectOffline('acme/fileserver', 'connection_lost')
  const rest = await page.evaluate(async (reader) => {
    try {
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read());
      return 'whole'
    } catch {
      return 'cut'
    }
  }, reading)
  expect(rest).toBe('cut')
  expect((await portal.untilLogged('download_cut', 'acme/fileserver')).detail).toContain('big.bin')
})

function hashOf(tree: Readonly<Record<string, string>>, path: string): string {
  return tree[path]?.split(' ').at(-1) ?? 'nothing'
}

async function saveTo(folder: string, download: Download): Promise<string> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, download.suggestedFilename())
  await download.saveAs(path)
  return path
}
