import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeFolderLock } from './folder-lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('one holds it, the next one does when it is let go of, and nobody else may read its file', () => {
  const file = join(folder, 'lock')
  const lock = takeFolderLock(file)
  expect(lock).not.toBeNull()
  expect(takeFolderLock(file)).toBeNull()
  lock?.release()
  const next = takeFolderLock(file)
  expect(next).not.toBeNull()
  next?.release()
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('it is free the moment its process is killed, whatever that process has started', async () => {
  const file = join(folder, 'lock')
  const program = `
    const { takeFolderLock } = await import(${JSON.stringify(new URL('folder-lock.ts', import.meta.url).href)})
    const { spawn } = await import('node:child_process')
    takeFolderLock(${JSON.stringify(file)})
    const child = spawn('sleep', ['30'], { stdio: 'ignore', detached: true })
    console.log(child.pid)
    setInterval(() => {}, 1000)
  `
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [pid] = await once(holder.stdout, 'data')
  try {
    expect(takeFolderLock(file)).toBeNull()
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const lock = takeFolderLock(file)
    expect(lock).not.toBeNull()
    lock?.release()
  } finally {
    process.kill(Number(String(pid)))
  }
})

test('a folder that is not there is an error, and not a lock that somebody holds', () => {
  expect(() => takeFolderLock(join(folder, 'gone', 'lock'))).toThrow('ENOENT')
})
