import { appendFile, chmod, mkdtemp, rename, rm, symlink, unlink, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fixtureTree } from './fixture-tree.ts'
import { hashTree } from './hash-tree.ts'

let folder: string
const small = { bigFileBytes: 100_000 }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-tree-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('the same tree twice is the same, wherever it stands', async () => {
  const one = await fixtureTree(join(folder, 'one'), small)
  const two = await fixtureTree(join(folder, 'another place'), small)
  expect(two).toEqual({ ...one, folder: two.folder })
  const hashes = await hashTree(one.folder)
  expect(await hashTree(two.folder)).toEqual(hashes)
  expect(Object.values(hashes).filter((what) => what.startsWith('file'))).toHaveLength(one.files)
})

test.each<[string, (tree: string) => Promise<void>]>([
  ['one more byte', (tree) => appendFile(join(tree, 'big.bin'), '!')],
  ['another name', (tree) => rename(join(tree, 'names/-rf'), join(tree, 'names/-fr'))],
  ['a missing empty folder', (tree) => rm(join(tree, 'empty/folder without files'), { recursive: true })],
  ['other rights', (tree) => chmod(join(tree, 'rights/tool.sh'), 0o644)],
  ['another time', (tree) => utimes(join(tree, 'empty/nothing.bin'), new Date(0), new Date(0))],
  [
    'a link to elsewhere',
    async (tree) => {
      await unlink(join(tree, 'links/to nothing'))
      await symlink('no such file either', join(tree, 'links/to nothing'))
    },
  ],
])('a difference is seen: %s', async (_, change) => {
  const { folder: tree } = await fixtureTree(join(folder, 'tree'), small)
  const before = await hashTree(tree)
  await change(tree)
  expect(await hashTree(tree)).not.toEqual(before)
})
