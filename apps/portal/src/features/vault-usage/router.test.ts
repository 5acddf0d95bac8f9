import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { seedRepository, seedVault } from '@holdfast/database/seed'
import { placeText } from '@holdfast/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProcessLog } from '#start/process-log.ts'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'
import { startTestVault, type TestVault } from '#testing/vault.ts'
import { readVaults } from '#vaults/readings.ts'

let portal: TestConsole
let vault: TestVault
beforeAll(async () => {
  portal = await startTestConsole()
  vault = await startTestVault((await portal.owner.vaults.trust()).publicKey)
})
afterAll(async () => {
  await vault[Symbol.asyncDispose]()
  await portal.stop()
})

const read = () => {
  const { database, live, vaultKey } = portal.portal
  return readVaults({ database, live, vaultKey, processLog: createProcessLog('silent') })
}

/** An object in the vault, as a backup would have left it there. */
function keep(customer: string, repository: string, bytes: number): string {
  const folder = join(vault.folder, 'data', 'customers', customer, 'repositories', repository)
  const body = randomBytes(bytes)
  const name = createHash('sha256').update(body).digest('hex')
  for (const kind of ['data', 'index', 'keys', 'locks', 'snapshots', 'incoming'])
    mkdirSync(join(folder, kind), { recursive: true })
  mkdirSync(join(folder, 'data', name.slice(0, 2)), { recursive: true })
  const file = join(folder, 'data', name.slice(0, 2), name)
  writeFileSync(file, body)
  return file
}

test('what a vault holds, moved and found damaged is read from it and shown to whom it belongs', async () => {
  const { acme, globex } = portal
  const input = { name: 'Zurich', address: vault.address, trust: vault.fingerprint }
  const { vaultId } = await portal.owner.vaults.register(input)
  const place = { kind: 'vault', vaultId } as const
  const stored = { kind: 'vault', place: JSON.stringify(place), location: placeText(place) }
  const repository = await portal.rows((tx) => seedRepository(tx, acme.server, stored))
  const before = await portal.acmeViewer.vaultUsage.ofCustomer({ customerId: acme.customer.id })
  expect(before).toMatchObject({ usedBytes: 0, countedAt: null, quotaBytes: null, isOffered: true })

  const file = keep(acme.customer.id, repository.id, 5_000)
  keep(globex.customer.id, repository.id, 7_000)
  keep('by-hand', 'by-hand', 9_000)
  await read()
  const usage = await portal.acmeViewer.vaultUsage.ofCustomer({ customerId: acme.customer.id })
  expect(usage).toMatchObject({ usedBytes: 5_000, countedAt: expect.any(Date), damaged: [] })
  expect(usage.servers).toMatchObject([{ serverId: acme.server.id, bytes: 5_000, trashBytes: 0 }])
  const ofOther = await portal.owner.vaultUsage.ofCustomer({ customerId: globex.customer.id })
  expect(ofOther).toMatchObject({ usedBytes: 0, servers: [] })
  await read()
  expect(await countsOf(repository.id)).toEqual([5_000])

  writeFileSync(file, randomBytes(5_000))
  expect(await verify()).toBe(1)
  await read()
  const [damaged] = (await portal.owner.vaultUsage.ofCustomer({ customerId: acme.customer.id })).damaged
  expect(damaged).toMatchObject({ kind: 'data', isInTrash: false, serverName: acme.server.name })
  expect(file.endsWith(damaged?.name ?? '')).toBe(true)
  expect((await portal.owner.vaults.list())[0]).toMatchObject({
    verifiedAt: expect.any(Date),
    damagedTotal: 1,
  })

  rmSync(file)
  expect(await verify()).toBe(0)
  await read()
  const whole = await portal.owner.vaultUsage.ofCustomer({ customerId: acme.customer.id })
  expect(whole).toMatchObject({ damaged: [], usedBytes: 0 })
  // An amount is kept once, for as long as it stays.
  expect(await countsOf(repository.id)).toEqual([5_000, 0])
})

async function countsOf(repositoryId: string): Promise<number[]> {
  const where = { repositoryId }
  const rows = await portal.rows((tx) => tx.vaultCount.findMany({ where, orderBy: { firstAt: 'asc' } }))
  return rows.map(({ bytes }) => Number(bytes))
}

test('of a repository that a vault does not have, it counts nothing', async () => {
  const { id: vaultId } = (await portal.owner.vaults.list())[0] ?? { id: '' }
  const place = { kind: 'vault', vaultId } as const
  const stored = { kind: 'vault', place: JSON.stringify(place), location: placeText(place) }
  const repository = await portal.rows((tx) => seedRepository(tx, portal.globex.server, stored))
  await read()
  expect(await countsOf(repository.id)).toEqual([0])
})

async function verify(): Promise<number> {
  const program = join(import.meta.dirname, '../../../../vault/bin/holdfast-vault.js')
  const env = { ...process.env, HOLDFAST_VAULT_DATA: join(vault.folder, 'data') }
  return promisify(execFile)(process.execPath, [program, 'verify', '--rate', '0'], { env }).then(
    () => 0,
    ({ code }: { code: number }) => code,
  )
}

test('a vault that does not answer keeps what it said before, and the page says so', async () => {
  const { id } = await portal.rows((tx) =>
    seedVault(tx, portal.provider, { name: 'Gone', address: '127.0.0.1:1' }),
  )
  await read()
  const shown = (await portal.owner.vaults.list()).find((row) => row.id === id)
  expect(shown).toMatchObject({ problemCode: 'vault_unreachable' })
})

test('since when every look at a vault has gone wrong is known, and is over with the first that goes well', async () => {
  const stored = (id: string) => portal.rows((tx) => tx.vault.findUniqueOrThrow({ where: { id } }))
  const { id } = await portal.rows((tx) =>
    seedVault(tx, portal.provider, { name: 'Gone again', address: '127.0.0.1:1' }),
  )
  expect(await portal.owner.vaults.look({ vaultId: id })).toEqual({ problemCode: 'vault_unreachable' })
  const first = await stored(id)
  expect(first.problemSince).toEqual(first.lookedAt)
  await read()
  const second = await stored(id)
  expect(second.lookedAt?.getTime()).toBeGreaterThan(first.lookedAt?.getTime() ?? 0)
  expect(second.problemSince).toEqual(first.problemSince)
  const { id: well } = (await portal.owner.vaults.list()).find(({ name }) => name === 'Zurich') ?? { id: '' }
  for (const look of [read, () => portal.owner.vaults.look({ vaultId: well })]) {
    const gone = { problemCode: 'vault_unreachable', problemSince: new Date() }
    await portal.rows((tx) => tx.vault.update({ where: { id: well }, data: gone }))
    await look()
    expect(await stored(well)).toMatchObject({ problemCode: '', problemSince: null })
  }
})

test('a quota is set by the provider, reaches the servers, and the log knows', async () => {
  const customerId = portal.acme.customer.id
  const before = portal.agents.toldVaults.length
  await portal.technician.vaultUsage.setQuota({ customerId, quotaBytes: 500 * 1024 ** 3 })
  const { quotaBytes } = await portal.acmeViewer.vaultUsage.ofCustomer({ customerId })
  expect(quotaBytes).toBe(500 * 1024 ** 3)
  expect(portal.agents.toldVaults.slice(before)).toEqual([portal.acme.server.id])
  const { items } = await portal.owner.managementLog.list({ code: 'vault_quota_changed' })
  expect(items).toMatchObject([{ subject: 'acme', detail: '500.0 GiB' }])
  const denied = portal.acmeAdmin.vaultUsage.setQuota({ customerId, quotaBytes: null })
  expect(await codeOf(denied)).toBe('not_allowed')
})

test('strangers’ customers are answered like missing ones', async () => {
  await expectStrangersUnknown(
    portal,
    ({ customer }) => customer.id,
    (caller, customerId) => caller.vaultUsage.ofCustomer({ customerId }),
  )
  const strange = portal.owner.vaultUsage.setQuota({
    customerId: portal.strange.customer.id,
    quotaBytes: 1,
  })
  expect(await codeOf(strange)).toBe('not_found')
})
