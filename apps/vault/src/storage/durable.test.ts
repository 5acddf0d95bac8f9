import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder, type TestFolder } from '../testing/site.ts'
import { makeFolderDurably, readIfThere, replaceFileDurably } from './durable.ts'

let folder: TestFolder
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder[Symbol.dispose]())

const modeOf = (path: string) => statSync(path).mode & 0o777

test('a folder is for our eyes only, and those above it are as open as any', async () => {
  mkdirSync(folder.at('ordinary'))
  await makeFolderDurably(folder.at('new', 'data', 'vault'))
  await makeFolderDurably(folder.at('new', 'data', 'vault'))
  expect(modeOf(folder.at('new', 'data', 'vault'))).toBe(0o700)
  expect(modeOf(folder.at('new', 'data'))).toBe(modeOf(folder.at('ordinary')))
})

test('a file is replaced as a whole, and leaves no draft', async () => {
  const file = folder.at('file')
  expect(await readIfThere(file)).toBeNull()
  for (const text of ['old', 'new']) await replaceFileDurably(file, text)
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readdirSync(folder.path)).toEqual(['file'])
  expect(modeOf(file)).toBe(0o600)
})
