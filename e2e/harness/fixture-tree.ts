/**
 * A folder full of what makes backup programs stumble: odd names, deep folders, empty files, links, and one file that is
 * big enough to be watched while it is copied. The same bytes every time, so that two runs can be compared.
 */
import { chmod, lutimes, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { noise } from '@holdfast/tooling/noise'

export type FixtureTree = { readonly folder: string; readonly files: number; readonly bytes: number }

const NAMES = [
  'plain.txt',
  'with space and  two.txt',
  'Ünïcödé – Rechnung März.pdf',
  '日本語のファイル.txt',
  'עברית.txt',
  'family 👩‍👩‍👧 photo.jpg',
  '-rf',
  '--help',
  'quote\'s "and" `ticks`.txt',
  '$(touch pwned);&|<>*?.txt',
  '%s%n %2e%2e.txt',
  '.hidden',
  'trailing dot.',
  'tab\there.txt',
  'line\nbreak.txt',
  'back\\slash.txt',
  `${'long '.repeat(50)}.txt`,
]

const LAST_CHANGED = new Date('2026-03-01T12:00:00Z')

/** @param options.bigFileBytes size of `big.bin`; its content does not compress. */
export async function fixtureTree(
  folder: string,
  { bigFileBytes = 16 * 1024 * 1024, seed = 'holdfast' }: { bigFileBytes?: number; seed?: string } = {},
): Promise<FixtureTree> {
  let files = 0
  let bytes = 0
  const write = async (path: string | Buffer, content: Buffer): Promise<void> => {
    await writeFile(path, content, { mode: 0o640 })
    await utimes(path, LAST_CHANGED, LAST_CHANGED)
    files += 1
    bytes += content.length
  }
  const at = async (...parts: string[]): Promise<string> => {
    const path = join(folder, ...parts)
    await mkdir(dirname(path), { recursive: true })
    return path
  }

  for (const name of NAMES) await write(await at('names', name), Buffer.from(`${name} of ${seed}\n`))
  // Linux takes any bytes for a name; macOS insists on UTF-8.
  if (process.platform === 'linux') {
    await write(
      Buffer.concat([Buffer.from(`${await at('names', 'latin1-')}`), Buffer.from([0xfc, 0xff])]),
      Buffer.from('bytes\n'),
    )
  }
  await write(await at('empty', 'nothing.bin'), Buffer.alloc(0))
  await mkdir(join(folder, 'empty', 'folder without files'))
  await write(
    await at(...Array.from({ length: 40 }, (_, depth) => `level ${depth}`), 'deepest.txt'),
    Buffer.from(seed),
  )
  for (let n = 0; n < 200; n += 1) {
    const text = noise(`${seed} ${n}`, 300 + n * 20).toString('hex')
    await write(await at('documents', `batch ${n % 10}`, `note ${n}.txt`), Buffer.from(text))
  }
  await write(await at('big.bin'), noise(seed, bigFileBytes))
  await write(await at('rights', 'private.key'), Buffer.from(seed))
  await chmod(join(folder, 'rights', 'private.key'), 0o400)
  await write(await at('rights', 'tool.sh'), Buffer.from('#!/bin/sh\n'))
  await chmod(join(folder, 'rights', 'tool.sh'), 0o755)

  await mkdir(join(folder, 'links'))
  for (const [name, target] of [
    ['to a file', '../names/plain.txt'],
    ['to a folder', '../documents'],
    ['to nothing', 'no such file'],
    ['to itself', 'to itself'],
  ] as const) {
    await symlink(target, join(folder, 'links', name))
    await lutimes(join(folder, 'links', name), LAST_CHANGED, LAST_CHANGED)
  }
  return { folder, files, bytes }
}
