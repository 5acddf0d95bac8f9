import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder, type TestFolder } from '../testing/folder.ts'
import { ZipWriter } from './zip.ts'

const FACTS = { modifiedAtMs: new Date(2024, 1, 29, 12, 30, 40).getTime(), mode: 0o640 }

let folder: TestFolder
let zip: ZipWriter
let parts: Buffer[]
beforeEach(() => {
  folder = makeFolder()
  parts = []
  zip = new ZipWriter((bytes) => parts.push(bytes))
})
afterEach(() => folder[Symbol.dispose]())

type Found = { name: string; bytes: number; mode: number; at: number[]; content: string | null }

/** What Python finds in it: another hand than ours, and a strict one. */
function found(): Found[] {
  writeFileSync(folder.at('made.zip'), Buffer.concat(parts))
  const program = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
def content(info): return archive.read(info).decode('latin1') if info.file_size < 1000 else None
assert archive.testzip() is None
print(json.dumps([{"name": i.filename, "bytes": i.file_size, "mode": i.external_attr >> 16, "at": i.date_time, "content": content(i)} for i in archive.infolist()]))`
  return JSON.parse(
    execFileSync('python3', ['-c', program, folder.at('made.zip')], {
      encoding: 'utf8',
      maxBuffer: 50_000_000,
    }),
  )
}

async function add(name: string, content: Buffer, sizeBytes: number | null = content.length): Promise<void> {
  await zip.begin(name, sizeBytes, FACTS)
  for (let at = 0; at < content.length; at += 50_000) await zip.write(content.subarray(at, at + 50_000))
  await zip.close()
}

test('files, folders and links are read by others, with names, times and rights', async () => {
  await zip.folder('Büro', { modifiedAtMs: null, mode: null })
  await add('Büro/brief ü.txt', Buffer.from('Liebe Kundin'))
  await add('empty', Buffer.alloc(0))
  await zip.link('here', 'Büro/brief ü.txt', FACTS)
  await zip.end()
  const at = [2024, 2, 29, 12, 30, 40]
  expect(found()).toEqual([
    { name: 'Büro/', bytes: 0, mode: 0o040755, at: expect.anything(), content: '' },
    { name: 'Büro/brief ü.txt', bytes: 12, mode: 0o100640, at, content: 'Liebe Kundin' },
    { name: 'empty', bytes: 0, mode: 0o100640, at, content: '' },
    { name: 'here', bytes: 18, mode: 0o120640, at, content: 'BÃ¼ro/brief Ã¼.txt' },
  ])
})

test('much data, of a size that nobody knew, is the same afterwards', async () => {
  const content = Buffer.concat([randomBytes(3_000_000), Buffer.alloc(3_000_000)])
  await add('big.bin', content, null)
  await zip.end()
  expect(found()).toHaveLength(1)
  const unpack = 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("big.bin"))'
  const back = execFileSync('python3', ['-c', unpack, folder.at('made.zip')], { maxBuffer: 10_000_000 })
  expect(back.equals(content)).toBe(true)
  expect(Buffer.concat(parts).length).toBeLessThan(3_100_000)
})

test('a file that breaks off is in the archive for nobody', async () => {
  await add('first', Buffer.from('1'))
  await zip.begin('broken', 100, FACTS)
  await zip.write(Buffer.from('only a part of it'))
  await zip.drop()
  await add('last', Buffer.from('3'))
  await zip.end()
  expect(found().map(({ name, content }) => [name, content])).toEqual([
    ['first', '1'],
    ['last', '3'],
  ])
})

test('more of them than 65,535', async () => {
  for (let number = 0; number < 65_600; number += 1) await zip.folder(`folder ${number}`, FACTS)
  await add('the last', Buffer.from('one'))
  await zip.end()
  const all = found()
  expect(all.at(-1)).toMatchObject({ name: 'the last', content: 'one' })
  expect(all).toHaveLength(65_601)
})
