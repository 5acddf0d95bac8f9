import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Failure } from '../failure.ts'
import { makeFolder, type TestFolder } from '../testing/folder.ts'
import { Bundle } from './bundle.ts'

let folder: TestFolder
beforeEach(() => {
  folder = makeFolder()
  mkdirSync(folder.at('many'))
})
afterEach(() => folder[Symbol.dispose]())

/** What a bundle makes of the folder `many`, as a tar that another program has made. */
function send(entriesMax: number): Promise<number> {
  const source = {
    ...{ snapshotId: '', from: '/', folder: () => null },
    dump: (_: unknown, take: (bytes: Buffer) => Promise<void>) =>
      take(execFileSync('tar', ['-cf', '-', '-C', folder.at(), 'many'])),
  }
  const entry = { number: 0, name: 'many', kind: 'folder', files: 0, sizeBytes: 0, child: null } as const
  const bundle = new Bundle(source, new AbortController().signal, () => undefined, entriesMax)
  return bundle.send([{ path: '/many', entry: { ...entry, modifiedAtMs: 0, mode: null } }])
}

test.each<[string, (name: string) => void]>([
  ['folders', (name) => mkdirSync(folder.at('many', name))],
  ['links', (name) => symlinkSync('.', folder.at('many', name))],
])('%s count as well as files: each of them is remembered until the end', async (_, make) => {
  for (let n = 0; n < 20; n += 1) make(`${n}`)
  expect(await send(30)).toBe(0)
  await expect(send(10)).rejects.toSatisfy(
    (error) => error instanceof Failure && error.code === 'too_many_files',
  )
})
