import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_LINK_PORT } from '@holdfast/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { markComplete, openNotebook } from './notebook.ts'

let parent: string
let folder: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'holdfast-demo-'))
  folder = join(parent, 'demo')
})
afterEach(() => rm(parent, { recursive: true }))

test('a second start finds the same sign-in and the same ports', async () => {
  const first = await openNotebook(folder)
  expect(first.complete).toBe(false)
  await markComplete(folder, first)
  expect(await openNotebook(folder)).toEqual({ ...first, complete: true })
})

test('only we can read the password', async () => {
  await openNotebook(folder)
  expect((await stat(join(folder, 'demo.json'))).mode & 0o777).toBe(0o600)
})

test('a first start that was interrupted is begun again from nothing', async () => {
  const first = await openNotebook(folder)
  await writeFile(join(folder, 'half a database'), '')
  const second = await openNotebook(folder)
  expect(second.password).not.toBe(first.password)
  expect(await readdir(folder)).toEqual(['demo.json'])
})

test('a port that somebody else has is left alone', async () => {
  const other = await new Promise<Server | null>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(DEFAULT_LINK_PORT, '127.0.0.1', () => resolve(server))
  })
  const { gatewayPort } = await openNotebook(folder)
  expect(gatewayPort).not.toBe(DEFAULT_LINK_PORT)
  other?.close()
})
