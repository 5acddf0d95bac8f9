/** The program as a person meets it: processes, exit codes, and what is on the disk after it was killed. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { ed25519KeyText } from '@holdfast/protocol/vault-token'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basic, type Client, idOf } from '../testing/client.ts'
import { holdfastVault, serveByProcess } from '../testing/process.ts'
import { makeFolder, type TestFolder } from '../testing/site.ts'
import { readVerified } from '../verified.ts'

const PATIENT = { timeout: 30_000 }
const WHOSE = ['--customer', 'acme', '--repository', 'papers']

let folder: TestFolder
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder[Symbol.dispose]())

const vault = (...args: string[]) => holdfastVault(folder, ...args)

async function makeToken(...more: string[]): Promise<string> {
  const key = folder.at('keys', 'signing.pem')
  if (!existsSync(key)) expect((await vault('key', 'create', key)).code).toBe(0)
  const said = await vault('token', '--key', key, '--server', 'files', ...WHOSE, ...more)
  expect(said.code, said.stderr).toBe(0)
  return said.stdout.trim()
}

const verifiedOf = (folder: TestFolder) => readVerified(folder.at('vault'))

const atRest = (...names: string[]) =>
  folder.at('vault', 'customers', 'acme', 'repositories', 'papers', ...names)

async function keep(client: Client, kind = 'data', bytes = 1_000): Promise<string> {
  const body = randomBytes(bytes)
  const id = idOf(body)
  expect((await client.ask('POST', `/papers/${kind}/${id}`, { body })).status).toBe(200)
  return id
}

test('a vault that trusts nobody does not start, and says what to do', async () => {
  const said = await vault('serve')
  expect(said.code).toBe(1)
  expect(said.stderr).toContain('holdfast-vault key')
})

test('a token made by a command opens a vault with a certificate of its own', async () => {
  const token = await makeToken('--mode', 'append', '--quota', '1M')
  expect(statSync(folder.at('keys', 'signing.pem')).mode & 0o777).toBe(0o600)
  await using serving = await serveByProcess(folder)
  const client = serving.client(token)
  expect((await client.ask('POST', '/papers/?create=true')).status).toBe(200)
  await keep(client)
  const body = randomBytes(1_000_000)
  expect((await client.ask('POST', `/papers/data/${idOf(body)}`, { body })).status).toBe(507)
  expect(await serving.stop()).toBe(0)
})

test('a portal’s key is trusted by its words, and nothing else is taken for a key', async () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const words = `ed25519:${ed25519KeyText(privateKey)}`
  expect((await vault('key', 'trust', words.slice(0, -1))).code).toBe(1)
  expect((await vault('key', 'trust', words)).code).toBe(0)
  writeFileSync(folder.at('portal.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const said = await vault('token', '--key', folder.at('portal.pem'), '--server', 'files', ...WHOSE)
  await using serving = await serveByProcess(folder)
  expect((await serving.client(said.stdout.trim()).ask('POST', '/papers/?create=true')).status).toBe(200)
})

test('a key is never written over another', async () => {
  await makeToken()
  const before = readFileSync(folder.at('keys', 'signing.pem'))
  expect((await vault('key', 'create', folder.at('keys', 'signing.pem'))).code).toBe(1)
  expect(readFileSync(folder.at('keys', 'signing.pem'))).toEqual(before)
})

test('two vaults never share a folder', async () => {
  await makeToken()
  await using serving = await serveByProcess(folder)
  const second = await vault('serve')
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('Another vault')])
  expect(await serving.stop()).toBe(0)
})

test('killed in the middle of an upload it leaves nothing that is half, and nothing at all after the next start', async () => {
  const token = await makeToken('--mode', 'full')
  const body = randomBytes(8_000_000)
  const path = `/papers/data/${idOf(body)}`
  const first = await serveByProcess(folder)
  const client = first.client(token)
  expect((await client.ask('POST', '/papers/?create=true')).status).toBe(200)
  const kept = await keep(client)

  const socket = connect({ host: '127.0.0.1', port: first.port, ca: first.certificate })
  socket.on('error', () => undefined)
  const head = ['Host: vault', `Authorization: ${basic('any', token)}`, `Content-Length: ${body.length}`]
  socket.write(`POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`)
  socket.write(body.subarray(0, 4_000_000))
  const received = () =>
    readdirSync(atRest('incoming')).reduce(
      (bytes, name) => bytes + statSync(atRest('incoming', name)).size,
      0,
    )
  await expect.poll(received, PATIENT).toBeGreaterThan(1_000_000)
  await first.kill()
  client.close()
  socket.destroy()

  await using second = await serveByProcess(folder)
  expect(readdirSync(atRest('incoming'))).toEqual([])
  const again = second.client(token)
  const listed = await again.ask('GET', '/papers/data/')
  expect(JSON.parse(listed.body.toString())).toEqual([kept])
  expect((await again.ask('HEAD', path)).status).toBe(404)
  expect((await again.ask('POST', path, { body })).status).toBe(200)
  expect((await again.ask('GET', path)).body.equals(body)).toBe(true)
  again.close()
})

test('what was deleted is listed and comes back, by time or by name, beside a vault that serves', async () => {
  const token = await makeToken('--mode', 'full')
  await using serving = await serveByProcess(folder)
  const client = serving.client(token)
  await client.ask('POST', '/papers/?create=true')
  const [pack, snapshot] = [await keep(client), await keep(client, 'snapshots')]
  const before = new Date().toISOString()
  expect((await client.ask('DELETE', `/papers/data/${pack}`)).status).toBe(200)
  expect((await client.ask('DELETE', `/papers/snapshots/${snapshot}`)).status).toBe(200)

  const listed = await vault('trash', 'list', ...WHOSE, '--json')
  const entries = listed.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries).toMatchObject([
    { kind: 'data', name: pack, sizeBytes: 1_000 },
    { kind: 'snapshots', name: snapshot },
  ])
  for (const { daysLeft } of entries) {
    expect(daysLeft).toBeGreaterThan(13.9)
    expect(daysLeft).toBeLessThanOrEqual(14.1)
  }
  expect((await vault('trash', 'restore', ...WHOSE, pack.slice(0, 8))).code).toBe(0)
  expect((await client.ask('GET', `/papers/data/${pack}`)).status).toBe(200)
  expect((await client.ask('GET', `/papers/snapshots/${snapshot}`)).status).toBe(404)
  expect((await vault('trash', 'restore', ...WHOSE, '--since', before)).code).toBe(0)
  expect((await client.ask('GET', `/papers/snapshots/${snapshot}`)).status).toBe(200)
  expect((await vault('trash', 'restore', ...WHOSE)).code).toBe(1)
  client.close()
})

test('usage says what is stored, what is in the trash and what each server moved', async () => {
  const token = await makeToken('--mode', 'full')
  const serving = await serveByProcess(folder)
  const client = serving.client(token)
  await client.ask('POST', '/papers/?create=true')
  const [one] = [await keep(client), await keep(client)]
  await client.ask('GET', `/papers/data/${one}`)
  await client.ask('DELETE', `/papers/data/${one}`)
  client.close()
  expect(await serving.stop()).toBe(0)
  const { customers } = JSON.parse((await vault('usage', '--json')).stdout)
  expect(customers).toEqual([
    {
      customer: 'acme',
      repositories: [{ repository: 'papers', bytes: 1_000, trashBytes: 1_000 }],
      servers: [{ server: 'files', bytesIn: 2_000, bytesOut: 1_000, requests: 5 }],
    },
  ])
})

test('verify finds what rotted, was cut, or rotted in the trash, and names nothing else', async () => {
  const token = await makeToken('--mode', 'full')
  const serving = await serveByProcess(folder)
  const client = serving.client(token)
  await client.ask('POST', '/papers/?create=true')
  await client.ask('POST', '/papers/config', { body: randomBytes(100) })
  const names = []
  for (const kind of ['data', 'data', 'index', 'keys', 'snapshots']) names.push(await keep(client, kind))
  const [rotten = '', deleted = '', index = '', key = ''] = names
  await client.ask('DELETE', `/papers/data/${deleted}`)
  client.close()
  await serving.stop()
  const healthy = await vault('verify', '--rate', '0', '--json')
  expect(healthy.code).toBe(0)
  expect(JSON.parse(healthy.stdout)).toMatchObject({ repositories: 1, objects: 5, bytes: 5_000, damaged: [] })

  const flipOneBit = (file: string) => {
    const content = readFileSync(file)
    content[500] = (content[500] ?? 0) ^ 1
    writeFileSync(file, content)
  }
  expect(await verifiedOf(folder)).toMatchObject({ objects: 5, damagedTotal: 0, damaged: [] })
  flipOneBit(atRest('data', rotten.slice(0, 2), rotten))
  const [inTrash = ''] = readdirSync(atRest('trash', 'data'))
  flipOneBit(join(atRest('trash', 'data'), inTrash))
  truncateSync(atRest('index', index), 999)
  truncateSync(atRest('keys', key), 0)
  const found = await vault('verify', '--rate', '0', '--json')
  expect(found.code).toBe(1)
  const { damaged } = JSON.parse(found.stdout)
  expect(
    damaged.map(({ name, isInTrash }: { name: string; isInTrash: boolean }) => [name, isInTrash]).sort(),
  ).toEqual(
    [
      [rotten, false],
      [index, false],
      [key, false],
      [deleted, true],
    ].sort(),
  )
  expect(await verifiedOf(folder)).toMatchObject({ damagedTotal: 4, damaged })
  rmSync(atRest('index', index))
  expect((await vault('verify', '--rate', '0', ...WHOSE)).code).toBe(1)
  expect(await verifiedOf(folder)).toMatchObject({ objects: 5, damagedTotal: 3 })
})

test.each([
  [['destroy']],
  [['token', '--key', 'k', '--customer', '../x', '--server', 's', '--repository', 'r']],
  [['token', '--everything']],
  [['trash', 'empty']],
  [['trash', 'restore']],
  [['trash', 'list', '--repository', '../..']],
  [['customer', 'acme', '--trash-days', '0']],
  [['usage', '--month', '../../x']],
])('%j is wrong use', async (words) => {
  expect((await vault(...words)).code).toBe(2)
})
