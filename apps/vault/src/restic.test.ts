/** The real restic over real TLS: what a server's life with the vault is made of, and what becomes of it afterwards. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PASSWORD, type Restic, resticAt } from './testing/programs.ts'
import { makeFolder, makeToken, REPOSITORY, serve, type TestFolder, type TestVault } from './testing/site.ts'

let folder: TestFolder
let vault: TestVault

beforeEach(async () => {
  folder = makeFolder()
  vault = await serve(folder)
})
afterEach(async () => {
  await vault[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const locationWith = (token: string) =>
  `rest:https://holdfast:${token}@127.0.0.1:${vault.port}/${REPOSITORY}/`
const restic = (token = makeToken()): Restic => resticAt(folder, locationWith(token))

async function init(): Promise<void> {
  await restic()('init')
  makeQuick(vault.at(), PASSWORD)
}

function fillSource(files = 30): void {
  mkdirSync(folder.at('source'), { recursive: true })
  for (let n = 0; n < files; n += 1) writeFileSync(folder.at('source', `file-${n}`), randomBytes(50_000 + n))
}

/** One hash over the names and contents of a folder. */
function fingerprint(path: string): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(path).sort()) hash.update(name).update(readFileSync(`${path}/${name}`))
  return hash.digest('hex')
}

test('init, backup, restore, check, forget and prune', async () => {
  fillSource()
  await init()
  await restic(makeToken({ mode: 'append' }))('backup', folder.at('source'))
  const before = fingerprint(folder.at('source'))
  expect(await restic()('check', '--read-data')).toContain('no errors were found')

  await restic(makeToken({ mode: 'read' }))('restore', 'latest', '--no-lock', '--target', folder.at('out'))
  expect(fingerprint(folder.at('out', folder.at('source')))).toBe(before)

  rmSync(folder.at('source'), { recursive: true })
  fillSource(3)
  await restic()('backup', folder.at('source'))
  await restic()('forget', '--keep-last', '1', '--prune')
  expect(await restic()('check', '--read-data')).toContain('no errors were found')
  expect(JSON.parse(await restic()('snapshots', '--json'))).toHaveLength(1)
  expect(vault.log).toEqual([])
})

test('plain restic opens the repository where it lies, without the vault', async () => {
  fillSource()
  await init()
  await restic()('backup', folder.at('source'))
  const atRest = resticAt(folder, vault.at())
  expect(await atRest('check', '--read-data', '--no-lock')).toContain('no errors were found')
  await atRest('restore', 'latest', '--no-lock', '--target', folder.at('out'))
  expect(fingerprint(folder.at('out', folder.at('source')))).toBe(fingerprint(folder.at('source')))
})

test('a token that may not delete cannot forget, and leaves everything whole', async () => {
  fillSource(2)
  await init()
  await restic()('backup', folder.at('source'))
  const [snapshot] = readdirSync(vault.at('snapshots'))
  // restic tries again for many minutes what was refused: the vault's own word is asked for.
  const path = `/${REPOSITORY}/snapshots/${snapshot}`
  expect((await vault.client(makeToken({ mode: 'append' })).ask('DELETE', path)).status).toBe(403)
  expect(await restic()('check')).toContain('no errors were found')
})
