import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@holdfast/tooling/processes'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { requireTool } from '@holdfast/tooling/tools'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fixtureTree } from './fixture-tree.ts'
import { hashTree } from './hash-tree.ts'
import { PlainRestic } from './plain-restic.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-restic-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('restic itself brings every name, link and byte of the fixture back', async () => {
  const tree = await fixtureTree(join(folder, 'tree'), { bigFileBytes: 1_000_000 })
  const repository = { folder: join(folder, 'repository'), key: 'a key' }
  const env = { RESTIC_REPOSITORY: repository.folder, RESTIC_PASSWORD: repository.key }
  const program = await requireTool('restic')
  expect(await run(program, ['init'], { env })).toMatchObject({ code: 0 })
  makeQuick(repository.folder, repository.key)
  expect(await run(program, ['--no-cache', 'backup', tree.folder], { env })).toMatchObject({ code: 0 })

  const restic = new PlainRestic(repository)
  await restic.check()
  const [snapshot] = await restic.snapshots()
  const restored = await restic.restore(snapshot?.id ?? '', tree.folder, join(folder, 'restored'))
  expect(await hashTree(restored)).toEqual(await hashTree(tree.folder))
})

test('another key opens nothing', async () => {
  const repository = { folder: join(folder, 'repository'), key: 'a key' }
  const env = { RESTIC_REPOSITORY: repository.folder, RESTIC_PASSWORD: repository.key }
  await run(await requireTool('restic'), ['init'], { env })
  const thief = new PlainRestic({ ...repository, key: 'another key' })
  await expect(thief.snapshots()).rejects.toThrow(/wrong password/)
})
