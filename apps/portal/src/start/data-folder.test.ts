import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeDataFolder } from './data-folder.ts'

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'holdfast-data-'))
})
afterEach(() => rmSync(parent, { recursive: true }))

test('it is made, and is one portal’s until that lets go of it', async () => {
  const folder = join(parent, 'a', 'b')
  const lock = await takeDataFolder(folder)
  await expect(takeDataFolder(folder)).rejects.toMatchObject({
    code: 'portal_running',
    explanation: expect.stringContaining(folder),
  })
  lock.release()
  const next = await takeDataFolder(folder)
  next.release()
})

test.each([
  ['its path leads through a file', 'file/data', () => writeFileSync(join(parent, 'file'), '')],
  [
    'its lock is nothing to write to',
    'data',
    () => mkdirSync(join(parent, 'data/portal.lock'), { recursive: true }),
  ],
])('a person is told what to do when %s', async (_, name, prepare) => {
  prepare()
  await expect(takeDataFolder(join(parent, name))).rejects.toMatchObject({
    code: 'data_unwritable',
    explanation: expect.stringContaining('HOLDFAST_DATA'),
  })
})
