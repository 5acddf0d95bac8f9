import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findTool } from './find.ts'

/** Programs that answer as a restic of a certain version would, in a PATH of their own. */
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-tools-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

test('a named program is used as it is', async () => {
  const path = await program('my-restic', 'echo restic 0.18.1 compiled with go1.25.1 on linux/amd64')
  expect(await findTool('restic', { HOLDFAST_RESTIC: path })).toEqual({
    state: 'ready',
    tool: 'restic',
    path,
    version: '0.18.1',
  })
})

test('a named program that fails is never replaced by another one', async () => {
  await program('restic', 'echo restic 0.18.1')
  const path = await program('broken', 'echo not today >&2; exit 3')
  expect(await findTool('restic', { HOLDFAST_RESTIC: path, PATH: folder })).toEqual({
    state: 'broken',
    tool: 'restic',
    path,
    reason: 'not today',
  })
})

test('a named program that is not there says so', async () => {
  const found = await findTool('restic', { HOLDFAST_RESTIC: join(folder, 'nowhere') })
  expect(found).toMatchObject({ state: 'broken', reason: expect.stringContaining('ENOENT') })
})

test.each([
  ['0.13.1', 'too old'],
  ['0.14.0', 'ready'],
  ['0.14', 'ready'],
  ['0.9.6', 'too old'],
  ['1.0.0', 'ready'],
])('restic %s is %s', async (version, state) => {
  const path = await program('restic', `echo restic ${version}`)
  expect(await findTool('restic', { HOLDFAST_RESTIC: path })).toMatchObject({ state, version })
})

test.each([
  ['9.2', 'echo "OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19" >&2'],
  ['8.9', 'echo "unknown option -- V" >&2; echo "OpenSSH_8.9p1 Ubuntu-3, OpenSSL 3.0.2" >&2; exit 1'],
])('sshd %s says its version among its complaints', async (version, script) => {
  const path = await program('sshd', script)
  expect(await findTool('sshd', { HOLDFAST_SSHD: path })).toMatchObject({ state: 'ready', version })
})

test('vsftpd says its version where others read', async () => {
  const path = await program('vsftpd', 'echo "vsftpd: version 3.0.3" >&0')
  const expected = { state: 'ready', version: '3.0.3' }
  expect(await findTool('vsftpd', { HOLDFAST_VSFTPD: path })).toMatchObject(expected)
})

test('PATH comes before the usual places, and is searched in its order', async () => {
  const path = await program('restic', 'echo restic 99.1.0')
  expect(await findTool('restic', { PATH: `/nonexistent:${folder}` })).toMatchObject({ path })
})
