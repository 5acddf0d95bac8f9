/** A second vault has everything that the first has, opens at any moment, and gives back what has rotted. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { publicKeyOf } from '@holdfast/protocol/vault-token'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { main } from '../cli/main.ts'
import { repositoryFolder } from '../storage/places.ts'
import { Repository } from '../storage/repository.ts'
import { PASSWORD, type Restic, resticAt } from '../testing/programs.ts'
import {
  CUSTOMER,
  makeFolder,
  makeToken,
  REPOSITORY,
  serve,
  type TestFolder,
  type TestVault,
  tls,
} from '../testing/site.ts'
import { listTrash } from '../trash/trash.ts'
import { copyRepository } from './copy.ts'
import { RemoteRepository } from './remote-repository.ts'
import { readCopied, readSecond, type Second, setSecond } from './settings.ts'

const NAME = { customer: CUSTOMER, repository: REPOSITORY }
const KEY = `${CUSTOMER}/${REPOSITORY}`

let firstFolder: TestFolder
let secondFolder: TestFolder
beforeEach(() => {
  firstFolder = makeFolder()
  secondFolder = makeFolder()
  mkdirSync(firstFolder.at('files'))
  mkdirSync(firstFolder.at('vault', 'second'), { recursive: true })
  for (let n = 0; n < 12; n += 1)
    writeFileSync(firstFolder.at('files', `letter ${n}`), `${n} `.repeat(20_000 + n))
})
afterEach(() => {
  for (const folder of [firstFolder, secondFolder]) folder[Symbol.dispose]()
})

const key = generateKeyPairSync('ed25519').privateKey
const serveSecond = () => serve(secondFolder, { tokenKeys: [createPublicKey(key)] })
const secondAt = (port: number): Second => ({ host: '127.0.0.1', port, certificate: tls.certificate, key })
const at = (folder: TestFolder) => new Repository(repositoryFolder(folder.at('vault'), NAME))

function resticOf({ port }: TestVault): Restic {
  return resticAt(firstFolder, `rest:https://h:${makeToken()}@127.0.0.1:${port}/${REPOSITORY}/`)
}

/** Where it lies on the second vault's disk, with no vault at all. */
async function readAtRest(): Promise<string> {
  const restic = resticAt(secondFolder, at(secondFolder).folder)
  await restic('check', '--read-data', '--no-lock')
  return restic('snapshots', '--no-lock', '--compact')
}

async function untilCopied(since: Date): Promise<void> {
  await expect
    .poll(async () => {
      const { completeAt = null } = (await readCopied(firstFolder.at('vault')))[KEY] ?? {}
      return completeAt !== null && new Date(completeAt) > since
    })
    .toBe(true)
}

async function backUp(first: TestVault): Promise<Restic> {
  const restic = resticOf(first)
  await restic('init')
  makeQuick(at(firstFolder).folder, PASSWORD)
  await restic('backup', firstFolder.at('files'))
  return restic
}

test('what is backed up to the first opens where it lies in the second, and what is pruned goes into the trash there', async () => {
  await using there = await serveSecond()
  await using here = await serve(firstFolder, { second: secondAt(there.port) })
  const restic = await backUp(here)
  await untilCopied(new Date(0))
  await expect.poll(() => readAtRest().catch(() => '')).toContain('1 snapshots')

  writeFileSync(firstFolder.at('files', 'letter 3'), 'quite another')
  await restic('backup', firstFolder.at('files'))
  await restic('forget', '--keep-last=1', '--prune')
  await expect
    .poll(async () => {
      const kinds = new Set((await listTrash(at(secondFolder))).map(({ target }) => target.kind))
      return kinds.has('snapshots') && kinds.has('index')
    })
    .toBe(true)
  expect(await readAtRest()).toContain('1 snapshots')
})

test('what simply vanishes from the first stays in the second', async () => {
  await using there = await serveSecond()
  {
    await using here = await serve(firstFolder, { second: secondAt(there.port) })
    await backUp(here)
    await expect.poll(() => readAtRest().catch(() => '')).toContain('1 snapshots')
  }
  rmSync(
    at(firstFolder)
      .fileOf({ kind: 'config' })
      .replace(/config$/, 'snapshots'),
    { recursive: true },
  )
  const before = new Date()
  await using _again = await serve(firstFolder, { second: secondAt(there.port) })
  await untilCopied(before)
  expect(await readAtRest()).toContain('1 snapshots')
})

test('a copy that is cut anywhere opens, and the next one completes it', async () => {
  await using there = await serveSecond()
  await using here = await serve(firstFolder)
  await backUp(here)
  const remote = new RemoteRepository(secondAt(there.port), NAME, 4)
  for (let cutAfter = 1, isWhole = false; !isWhole; cutAfter += 1) {
    const end = new AbortController()
    let seen = 0
    isWhole = await copyRepository(at(firstFolder), remote, {
      signal: end.signal,
      onBehind() {
        seen += 1
        if (seen > cutAfter) end.abort()
      },
    }).then(
      () => true,
      () => false,
    )
    const hasKeys =
      (await at(secondFolder).sizeOf({ kind: 'config' })) !== null && readdirSync(there.at('keys')).length > 0
    if (hasKeys) await readAtRest()
  }
  expect(await readAtRest()).toContain('1 snapshots')
  remote.close()
})

test('a second vault that does not answer keeps nothing back, and is caught up with when it does', async () => {
  const log: string[] = []
  const port = await serveSecond().then(async (vault) => {
    await vault[Symbol.asyncDispose]()
    return vault.port
  })
  {
    await using here = await serve(firstFolder, { second: secondAt(port), log: (line) => log.push(line) })
    await backUp(here)
    await expect.poll(() => log.join()).toContain(`${KEY} could not be copied`)
  }
  expect((await readCopied(firstFolder.at('vault')))[KEY]?.error).toContain('ECONNREFUSED')
  await using there = await serveSecond()
  await using _here = await serve(firstFolder, { second: secondAt(there.port) })
  await untilCopied(new Date(0))
  expect((await readCopied(firstFolder.at('vault')))[KEY]).toMatchObject({ objectsBehind: 0, error: '' })
})

test('what has rotted in the first is not copied over what is whole, and is taken back from the second', async () => {
  const data = firstFolder.at('vault')
  mkdirSync(data, { recursive: true })
  const address = { host: '127.0.0.1', certificate: tls.certificate }
  const trusted = await setSecond(data, { ...address, port: 1 })
  const [, words = ''] = trusted.split(':')
  await using there = await serve(secondFolder, { tokenKeys: [publicKeyOf(words)] })
  await setSecond(data, { ...address, port: there.port })
  const serveFirst = async () => serve(firstFolder, { second: await readSecond(data) })
  {
    await using here = await serveFirst()
    await backUp(here)
    await expect.poll(() => readAtRest().catch(() => '')).toContain('1 snapshots')
  }
  const [rotten = ''] = readdirSync(join(at(firstFolder).folder, 'data')).flatMap((shelf) =>
    readdirSync(join(at(firstFolder).folder, 'data', shelf)).map((name) => join('data', shelf, name)),
  )
  appendFileSync(join(at(firstFolder).folder, rotten), 'rot')
  {
    await using _here = await serveFirst()
    await expect
      .poll(async () => (await readCopied(data))[KEY]?.error)
      .toContain('1 objects are not what their names say')
  }
  expect(await readAtRest()).toContain('1 snapshots')
  const verify = (...more: string[]) =>
    main(['verify', '--rate', '0', ...more], { HOLDFAST_VAULT_DATA: data })
  expect(await verify()).toBe(1)
  expect(await verify('--heal')).toBe(0)
  expect(await verify()).toBe(0)
})

test('an answer that comes before all is sent does not hold the connection', async () => {
  await using server = await serveAs((request, response) => {
    response.writeHead(400, { 'Content-Length': 0 }).end()
    request.resume()
  })
  const remote = new RemoteRepository(secondAt(server.port), NAME, 1)
  // More than all buffers on the way hold.
  const file = firstFolder.at('pack')
  writeFileSync(file, Buffer.alloc(32 * 1_024 * 1_024))
  for (let n = 0; n < 3; n += 1)
    expect(await remote.put({ kind: 'config' }, file, 32 * 1_024 * 1_024)).toBe('damaged')
  remote.close()
})

test('a second vault that sends more than an object can have does not fill the disk of the first', async () => {
  await using server = await serveAs((_, response) => response.end(Buffer.alloc(8 * 1_024 * 1_024)))
  const remote = new RemoteRepository(secondAt(server.port), NAME, 1)
  await using handle = await open(firstFolder.at('config'), 'w')
  await expect(remote.fetch({ kind: 'config' }, handle)).rejects.toThrow('more than')
  expect((await handle.stat()).size).toBeLessThan(1_024 * 1_024)
  remote.close()
})

/** In place of a second vault. */
async function serveAs(answer: RequestListener) {
  const server = createServer({ key: tls.key, cert: tls.certificate, keepAliveTimeout: 0 }, answer)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
