/** A life in the vault: made, backed up to, tidied, refused and full, with the real restic and a real vault. */
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { type Plan, WIRE } from '@holdfast/protocol'
import { ed25519KeyText, type GrantClaims } from '@holdfast/protocol/vault-token'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findRestic, restore } from '../engine/index.ts'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { openRepository } from '../repositories/open.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'
import { startVault, type TestVault, VAULT_ID } from './testing/vault.ts'

let site: Site
let gateway: TestGateway
let vault: TestVault

beforeEach(async () => {
  site = new Site()
  vault = await startVault()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
  await vault[Symbol.asyncDispose]()
})

const PLACE = { kind: 'vault', vaultId: VAULT_ID } as const
const NOTHING_KEPT = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 }

async function grant(claims: Partial<GrantClaims> = {}): Promise<void> {
  const key = ed25519KeyText(site.agent.state.vaults.key)
  const message = { vaults: [vault.vault], grants: [vault.grant(key, REPOSITORY_ID, claims)] }
  const socket = await gateway.agentOnline()
  const receipt = await socket.timeout(5_000).emitWithAck(WIRE.portalToAgent.vaults, message)
  expect(receipt).toEqual({ outcome: 'kept' })
}

async function create() {
  const body = { kind: 'createRepository', repositoryId: REPOSITORY_ID, name: 'In the vault', place: PLACE }
  expect(await gateway.command(site.command(body))).toEqual({ outcome: 'accepted' })
  return gateway.fact('repositoryChanged')
}

async function createQuick() {
  await create()
  await gateway.fact('repositoryChanged', { state: 'ready', code: null })
  makeQuick(vault.at(REPOSITORY_ID), site.agent.state.repositories.all()[0]?.key ?? '')
}

const plan = (more: Partial<Plan> = {}) =>
  gateway.plans([
    {
      ...{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID },
      sources: [site.folder.at('data')],
      ...more,
    },
  ])

async function backUp() {
  const before = gateway.facts.filter(({ type }) => type === 'runFinished').length
  expect(await gateway.command(site.backUpNow())).toEqual({ outcome: 'accepted' })
  const ended = () => gateway.facts.filter((fact) => fact.type === 'runFinished')[before]
  return gateway.until(ended)
}

test('a repository is made, backed up to and restored from, by tokens that the agent signs itself', async () => {
  await site.online(gateway)
  await grant()
  await createQuick()
  await plan()
  expect(await backUp()).toMatchObject({ outcome: 'succeeded', code: null })
  expect(readdirSync(vault.at(REPOSITORY_ID, 'snapshots'))).toHaveLength(1)
  expect(readdirSync(vault.at(REPOSITORY_ID, 'locks'))).toEqual([])

  const { state } = site.agent
  const [row] = state.repositories.all()
  if (row === undefined) throw new Error('There is no repository.')
  const opened = await openRepository(row, state, 'read')
  const [snapshotId = ''] = readdirSync(vault.at(REPOSITORY_ID, 'snapshots'))
  const restic = await findRestic({})
  await restore(restic, opened, { snapshotId, target: site.folder.at('out') })
  const file = site.folder.at('data', 'letter.txt')
  expect(readFileSync(site.folder.at('out', file), 'utf8')).toBe(readFileSync(file, 'utf8'))

  await grant({ mode: 'read' })
  const target = site.folder.at('out-by-leave-to-read')
  await restore(restic, await openRepository(row, state), { snapshotId, target })
  expect(existsSync(`${target}${file}`)).toBe(true)
  expect(await backUp()).toMatchObject({ outcome: 'failed', code: 'repository_forbidden' })
})

test('without leave, or with leave that has run out, nothing is tried and the reason is named', async () => {
  await site.online(gateway)
  expect(await create()).toMatchObject({ state: 'failed', code: 'vault_grant_missing' })
  await grant()
  await createQuick()
  await plan()
  await grant({ expiresAt: Math.floor(Date.now() / 1_000) - 60 })
  expect(await backUp()).toMatchObject({ outcome: 'failed', code: 'vault_grant_missing' })
})

test('snapshots are removed where both the portal and this site let them be', async () => {
  await site.online(gateway)
  await grant()
  await createQuick()
  const retention = { ...NOTHING_KEPT, last: 1 }
  await plan({ retention })
  await backUp()
  const { state } = site.agent
  const [portal] = state.portals.all()
  state.portals.setPolicy(portal?.id ?? '', { ...DEFAULT_POLICY, forget: true })
  const refused = await backUp()
  expect(refused).toMatchObject({ outcome: 'succeeded', tidied: { code: 'repository_forbidden' } })
  expect(readdirSync(vault.at(REPOSITORY_ID, 'snapshots'))).toHaveLength(2)
  await grant({ mode: 'full' })
  expect(await backUp()).toMatchObject({ tidied: { code: null, snapshotsRemoved: 2, snapshotsKept: 1 } })
  expect(readdirSync(vault.at(REPOSITORY_ID, 'snapshots'))).toHaveLength(1)
  expect(existsSync(vault.at(REPOSITORY_ID, 'trash'))).toBe(true)
})

test('a vault that is full ends the run at once, by its name', async () => {
  await site.online(gateway)
  await grant({ quotaBytes: 1_000_000 })
  await createQuick()
  writeFileSync(site.folder.at('data', 'large.bin'), randomBytes(20_000_000))
  await plan()
  expect(await backUp()).toMatchObject({ outcome: 'failed', code: 'quota_exceeded' })
  expect(readdirSync(vault.at(REPOSITORY_ID, 'locks'))).toEqual([])
  expect(readdirSync(vault.at(REPOSITORY_ID, 'snapshots'))).toEqual([])
})

test('a backup into the vault that is cancelled leaves no lock, also when restic does not react', async () => {
  await site.online(gateway)
  await grant()
  await createQuick()
  // Takes restic minutes to read, and no room on the disk.
  writeFileSync(site.folder.at('data', 'endless'), '')
  truncateSync(site.folder.at('data', 'endless'), 200 * 1024 ** 3)
  await plan()
  expect(await gateway.command(site.backUpNow())).toEqual({ outcome: 'accepted' })
  const { runId } = await gateway.fact('runStarted')
  const locks = () => readdirSync(vault.at(REPOSITORY_ID, 'locks'))
  await vi.waitUntil(() => locks().length > 0, { timeout: 30_000 })
  const { state } = site.agent
  const pid = state.runs.unfinished()[0]?.process?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  const cancelledAt = performance.now()
  expect(await gateway.command(site.command({ kind: 'cancelRun', runId }))).toEqual({ outcome: 'accepted' })
  expect(await gateway.fact('runFinished', { runId })).toMatchObject({ outcome: 'cancelled' })
  // restic by itself is given five seconds.
  expect(performance.now() - cancelledAt).toBeLessThan(5_000)
  expect(locks()).toEqual([])
})
