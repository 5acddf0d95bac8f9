import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder, type TestFolder } from '../testing/folder.ts'
import { type TarEntry, TarReader } from './tar.ts'

let folder: TestFolder
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder[Symbol.dispose]())

const LONG = `${'a long name of a folder/'.repeat(20)}and its file`

async function read(tar: Buffer, pieceBytes: number) {
  const entries: (TarEntry & { content: string })[] = []
  let going: { entry: TarEntry; parts: Buffer[] } | null = null
  const reader = new TarReader({
    entry: async (entry) => {
      going = { entry, parts: [] }
    },
    bytes: async (bytes) => {
      going?.parts.push(Buffer.from(bytes))
    },
    entryEnd: async () => {
      if (going) entries.push({ ...going.entry, content: Buffer.concat(going.parts).toString() })
    },
  })
  for (let at = 0; at < tar.length; at += pieceBytes) await reader.push(tar.subarray(at, at + pieceBytes))
  return entries
}

function tarBy(...words: string[]): Buffer {
  return execFileSync('tar', [...words, '-C', folder.at('in'), '-cf', '-', '.'], { maxBuffer: 10_000_000 })
}

test.each([
  ['pax', 511],
  ['pax', 100_000],
  ['gnu', 512],
  ['gnu', 1],
])('what another program wrote as %s, in pieces of %i bytes', async (format, pieceBytes) => {
  const inside = (name: string) => folder.at('in', ...name.split('/'))
  mkdirSync(inside(LONG.slice(0, LONG.lastIndexOf('/'))), { recursive: true })
  writeFileSync(inside(LONG), 'deep down')
  writeFileSync(inside('Büro ü.txt'), 'x'.repeat(2_000), { mode: 0o640 })
  utimesSync(inside('Büro ü.txt'), 1_700_000_000, 1_700_000_000)
  writeFileSync(inside('empty'), '')
  symlinkSync('empty', inside('link'))
  const entries = await read(tarBy(`--format=${format}`), pieceBytes)
  const called = (name: string) => entries.find(({ path }) => path === `./${name}`)
  expect(called(LONG)).toMatchObject({ kind: 'file', sizeBytes: 9, content: 'deep down' })
  expect(called('Büro ü.txt')).toMatchObject({
    ...{ kind: 'file', mode: 0o640, modifiedAtMs: 1_700_000_000_000, content: 'x'.repeat(2_000) },
  })
  expect(called('empty')).toMatchObject({ kind: 'file', content: '' })
  expect(called('link')).toMatchObject({ kind: 'link', target: 'empty' })
  expect(called('a long name of a folder/')).toMatchObject({ kind: 'folder' })
})

test('what is no tar is not taken for one', async () => {
  await expect(read(Buffer.alloc(1024, 'x'), 1024)).rejects.toThrow('tar')
  mkdirSync(folder.at('in'))
  writeFileSync(folder.at('in', 'file'), 'x')
  const bent = tarBy('--format=ustar')
  bent.write('9', 512 + 124, 'latin1')
  await expect(read(bent, 10_000)).rejects.toThrow('no tar')
  expect(readFileSync(folder.at('in', 'file'), 'utf8')).toBe('x')
})
