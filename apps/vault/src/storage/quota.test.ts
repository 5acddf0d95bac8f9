/** What a repository may hold is held to: before an upload, in the middle of it, and by all of them together. */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Client, idOf } from '../testing/client.ts'
import { type Serving, serveByProcess } from '../testing/process.ts'
import {
  makeFolder,
  makeToken,
  REPOSITORY,
  serve,
  type TestFolder,
  type TestVault,
  trustPortal,
} from '../testing/site.ts'

let folder: TestFolder
let vault: TestVault
beforeEach(async () => {
  folder = makeFolder()
  vault = await serve(folder)
  await vault.client().ask('POST', `/${REPOSITORY}/?create=true`)
})
afterEach(async () => {
  await vault[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

const pathOf = (body: Buffer, kind = 'data') => `/${REPOSITORY}/${kind}/${idOf(body)}`
const withQuota = (quotaBytes: number): Client => vault.client(makeToken({ quotaBytes }))

async function post(
  client: Client,
  bytes: number,
  { kind = 'data', isChunked = false } = {},
): Promise<number> {
  const body = randomBytes(bytes)
  return (await client.ask('POST', pathOf(body, kind), { body, isChunked })).status
}

test('up to the quota, and not a byte more', async () => {
  const client = withQuota(10_000)
  expect(await post(client, 6_000)).toBe(200)
  expect(await post(client, 4_001)).toBe(507)
  expect(await post(client, 4_000)).toBe(200)
  expect(await post(client, 1)).toBe(507)
})

test('what does not say how long it is, is stopped on its way and leaves nothing', async () => {
  expect(await post(withQuota(1_000_000), 3_000_000, { isChunked: true })).toBe(507)
  expect(readdirSync(vault.at('incoming'))).toEqual([])
  expect(readdirSync(vault.at('data'))).toEqual([])
})

test('uploads at once cannot together pass what each of them would respect', async () => {
  const client = withQuota(2_500_000)
  const answers = await Promise.all(Array.from({ length: 6 }, () => post(client, 1_000_000)))
  expect(answers.filter((status) => status === 200).length).toBeLessThanOrEqual(2)
  expect(new Set(answers)).toEqual(new Set([200, 507]))
})

test('what failed gives its room back', async () => {
  const client = withQuota(10_000)
  const body = randomBytes(9_000)
  expect((await client.ask('POST', pathOf(randomBytes(1)), { body })).status).toBe(400)
  expect(await post(client, 9_000)).toBe(200)
})

test('the same object twice takes its room once', async () => {
  const client = withQuota(10_000)
  const body = randomBytes(5_000)
  for (let n = 0; n < 2; n += 1) expect((await client.ask('POST', pathOf(body), { body })).status).toBe(200)
  expect(await post(client, 5_000)).toBe(200)
})

test('the trash counts, so uploading and deleting for ever fills no disk', async () => {
  const client = withQuota(10_000)
  const body = randomBytes(6_000)
  expect((await client.ask('POST', pathOf(body), { body })).status).toBe(200)
  expect((await client.ask('DELETE', pathOf(body))).status).toBe(200)
  expect(await post(client, 6_000)).toBe(507)
})

test('a full repository can still be locked and unlocked, so it can be pruned', async () => {
  const client = withQuota(0)
  expect(await post(client, 1)).toBe(507)
  const body = randomBytes(300)
  for (let n = 0; n < 2; n += 1) {
    expect((await client.ask('POST', pathOf(body, 'locks'), { body })).status).toBe(200)
    expect((await client.ask('DELETE', pathOf(body, 'locks'))).status).toBe(200)
  }
})

test('what was stored before a restart counts afterwards', async () => {
  expect(await post(withQuota(10_000), 6_000)).toBe(200)
  await vault[Symbol.asyncDispose]()
  vault = await serve(folder)
  expect(await post(withQuota(10_000), 6_000)).toBe(507)
})

test.skipIf(!existsSync('/proc/self/status'))(
  'memory does not depend on how large an object is',
  async () => {
    await vault[Symbol.asyncDispose]()
    trustPortal(folder)
    await using serving = await serveByProcess(folder)
    const client = serving.client(makeToken())
    await client.ask('POST', `/${REPOSITORY}/?create=true`)
    const move = async (bytes: number) => {
      const body = randomBytes(bytes)
      expect((await client.ask('POST', pathOf(body), { body })).status).toBe(200)
      expect((await client.ask('GET', pathOf(body))).body.equals(body)).toBe(true)
    }
    await move(1_000_000)
    const before = peakMib(serving)
    await move(300 * 1024 * 1024)
    expect(peakMib(serving) - before).toBeLessThan(100)
    client.close()
    expect(await serving.stop()).toBe(0)
  },
)

function peakMib({ pid }: Serving): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024
}

test('a customer’s quota is for all of his repositories together, and nobody else’s', async () => {
  const customerQuotaBytes = 10_000
  const of = (repository: string, more: object = {}) =>
    vault.client(makeToken({ repository, customerQuotaBytes, ...more }))
  const fill = async (client: Client, repository: string, bytes: number) => {
    const body = randomBytes(bytes)
    await client.ask('POST', `/${repository}/?create=true`)
    return (await client.ask('POST', `/${repository}/data/${idOf(body)}`, { body })).status
  }
  expect(await fill(of('one'), 'one', 6_000)).toBe(200)
  expect(await fill(of('two'), 'two', 4_001)).toBe(507)
  expect(await fill(of('two'), 'two', 4_000)).toBe(200)
  expect(await fill(of('one'), 'one', 1)).toBe(507)
  expect(await fill(of('one', { customer: 'globex' }), 'one', 9_000)).toBe(200)
  // One without a limit is counted all the same.
  expect(await fill(vault.client(makeToken({ repository: 'three' })), 'three', 500)).toBe(200)
  expect(await fill(of('one', { customerQuotaBytes: 10_500 }), 'one', 1)).toBe(507)
  expect(await fill(of('one', { customerQuotaBytes: 10_501 }), 'one', 1)).toBe(200)
})
