/**
 * The vault has a name here that nobody on this machine can resolve, so its own address is closed to restic and to the
 * agent; only the gateway's side knows the way. restic and the vault are the real ones.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { WIRE } from '@holdfast/protocol'
import { ed25519KeyText } from '@holdfast/protocol/vault-token'
import { makeQuick } from '@holdfast/tooling/quick-repository'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findRestic, restore, snapshots } from '../engine/index.ts'
import { makeCertificate } from '../link/testing/certificate.ts'
import { TestGateway } from '../link/testing/gateway.ts'
import { TestProxy } from '../link/testing/proxy.ts'
import { openRepository } from '../repositories/open.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'
import { relayTo, type TestRelay } from './testing/relay.ts'
import { startVault, type TestVault, VAULT_ID } from './testing/vault.ts'

let site: Site
let gateway: TestGateway
let vault: TestVault
let relay: TestRelay

beforeEach(async () => {
  site = new Site()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
  await vault[Symbol.asyncDispose]()
})

async function begin(host: string, { isRelayed = true } = {}): Promise<void> {
  vault = await startVault(host)
  relay = relayTo(vault, gateway)
  await site.online(gateway)
  const key = ed25519KeyText(site.agent.state.vaults.key)
  const message = { vaults: [{ ...vault.vault, isRelayed }], grants: [vault.grant(key, REPOSITORY_ID)] }
  const socket = await gateway.agentOnline()
  const receipt = await socket.timeout(5_000).emitWithAck(WIRE.portalToAgent.vaults, message)
  expect(receipt).toEqual({ outcome: 'kept' })
}

async function create() {
  const place = { kind: 'vault', vaultId: VAULT_ID } as const
  const body = { kind: 'createRepository', repositoryId: REPOSITORY_ID, name: 'In the vault', place }
  expect(await gateway.command(site.command(body))).toEqual({ outcome: 'accepted' })
}

function kept() {
  const [row] = site.agent.state.repositories.all()
  if (row === undefined) throw new Error('There is no repository.')
  return row
}

async function restoredFrom(snapshotId: string): Promise<Buffer> {
  const target = site.folder.at('out')
  const opened = await openRepository(kept(), site.agent.state, 'read')
  await restore(await findRestic({}), opened, { snapshotId, target })
  return readFileSync(`${target}${site.folder.at('data', 'large.bin')}`)
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('where its own port is closed, a backup and its restore go through the portal', async () => {
  const content = randomBytes(20_000_000)
  writeFileSync(site.folder.at('data', 'large.bin'), content)
  await begin('nowhere.vault.test')
  await create()
  await gateway.fact('repositoryChanged', { state: 'ready' })
  makeQuick(vault.at(REPOSITORY_ID), kept().key)
  const sources = [site.folder.at('data')]
  await gateway.plans([{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID, sources }])
  expect(await gateway.command(site.backUpNow())).toEqual({ outcome: 'accepted' })
  const { outcome, snapshotId } = await gateway.fact('runFinished')
  expect(outcome).toBe('succeeded')
  expect(sha256(await restoredFrom(snapshotId ?? ''))).toBe(sha256(content))
  expect(relay.opened).toBeGreaterThan(0)
  const said = site.agent.state.log.last(10, { text: 'through the portal' })
  expect(said).toMatchObject([{ subject: 'vault Vault', level: 'info' }])
})

test('the site’s proxy is on the way to the portal as for the link', async () => {
  await using proxy = await TestProxy.start()
  await begin('nowhere.vault.test')
  const { state } = site.agent
  const [host = '', port] = proxy.host.split(':')
  const through = { kind: 'proxy', isSecure: false, host, port: Number(port), credentials: null } as const
  state.portals.setProxy(state.portals.all()[0]?.id ?? '', through)
  await create()
  expect(await gateway.fact('repositoryChanged')).toMatchObject({ state: 'ready' })
  expect(relay.opened).toBeGreaterThan(0)
  expect(new Set(proxy.targets)).toEqual(new Set([gateway.address]))
})

test('where its own address answers, or the portal leads nowhere, nothing goes through the portal', async () => {
  await begin('127.0.0.1')
  await create()
  expect(await gateway.fact('repositoryChanged')).toMatchObject({ state: 'ready' })
  expect(relay.opened).toBe(0)
})

test('a portal that does not say that it leads there is not asked', async () => {
  await begin('nowhere.vault.test', { isRelayed: false })
  await create()
  expect(await gateway.fact('repositoryChanged')).toMatchObject({
    state: 'failed',
    code: 'repository_unreachable',
  })
  expect(relay.opened).toBe(0)
})

test('whoever shows another certificate than the link’s is told nothing', async () => {
  await begin('nowhere.vault.test')
  const { state } = site.agent
  const [portal] = state.portals.all()
  const other = createHash('sha256').update(makeCertificate().der).digest('hex')
  state.portals.proven(portal?.id ?? '', 'Bill', other)
  await create()
  expect(await gateway.fact('repositoryChanged')).toMatchObject({ state: 'failed' })
  expect(relay.opened).toBe(0)
})

test('a way that was found and then closes fails as unreachable, and is looked for again', async () => {
  await begin('nowhere.vault.test')
  await create()
  await gateway.fact('repositoryChanged', { state: 'ready' })
  relay.isOpen = false
  const restic = await findRestic({})
  const list = async () => snapshots(restic, await openRepository(kept(), site.agent.state, 'read'))
  await expect(list()).rejects.toMatchObject({ code: 'repository_unreachable' })
  relay.isOpen = true
  expect(await list()).toEqual([])
})
