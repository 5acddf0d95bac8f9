import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sealedFileName, tar } from './sealed-archive.ts'

test('plain tar takes it apart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-tar-'))
  const files = [
    { name: 'acme-fs1-disk-0123456789ab.age', text: '-----BEGIN\n' },
    { name: 'empty.age', text: '' },
    { name: 'long.age', text: 'ü'.repeat(600) },
  ]
  execFileSync('tar', ['-x', '-C', folder], { input: tar(files, new Date('2026-11-21T07:14:03Z')) })
  for (const { name, text } of files) expect(readFileSync(join(folder, name), 'utf8')).toBe(text)
  rmSync(folder, { recursive: true })
})

test('names of files are plain, and no two are the same', () => {
  const name = sealedFileName('acme/fs1', '../../etc Ünï', '019a3f00-6666-7aaa-8bbb-0123456789ab')
  expect(name).toBe('acme-fs1-etc-n-0123456789ab.age')
  expect(sealedFileName('a/b', 'x'.repeat(300), '019a3f00-6666-7aaa-8bbb-0123456789ab').length).toBeLessThan(
    99,
  )
})
