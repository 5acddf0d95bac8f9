import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { type Vaults, WIRE } from '@holdfast/protocol'
import {
  ed25519KeyText,
  readVaultToken,
  signVaultGrant,
  type VaultMode,
} from '@holdfast/protocol/vault-token'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { REPOSITORY_ID, Site } from '../testing/site.ts'
import { openVault } from './open.ts'
import { GrantWatch } from './watch.ts'

const VAULT_ID = '019a3f00-7777-7aaa-8bbb-0123456789ab'
const OTHER_ID = '019a3f00-8888-7aaa-8bbb-0123456789ab'
const DAY_MS = 86_400_000
const portalKey = generateKeyPairSync('ed25519').privateKey
const vault = { id: VAULT_ID, name: 'Vault', address: 'vault.example:4401', authority: null }

let site: Site
let gateway: TestGateway

beforeEach(async () => {
  site = new Site()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const ownKey = () => site.withState((state) => ed25519KeyText(state.vaults.key))

function grantFor(
  agentKey: string,
  { repository = REPOSITORY_ID, days = 30, mode = 'append' as VaultMode } = {},
) {
  const expiresAt = Math.floor((Date.now() + days * DAY_MS) / 1_000)
  const claims = { customer: 'acme', server: 'fs1', repository, mode, quotaBytes: null }
  const grant = signVaultGrant({ ...claims, expiresAt, agentKey }, portalKey)
  return { vaultId: VAULT_ID, repositoryId: REPOSITORY_ID, grant }
}

async function give(message: Vaults | object): Promise<unknown> {
  const socket = await gateway.agentOnline()
  return socket.timeout(5_000).emitWithAck(WIRE.portalToAgent.vaults, message)
}

const held = () =>
  site.agent.state.vaults.grants().map(({ repositoryId, grant }) => ({ repositoryId, grant }))

test('the key by which an agent signs is made once, and said to the portal', async () => {
  const key = ownKey()
  expect(ownKey()).toBe(key)
  await site.online(gateway)
  expect(gateway.provenMachines).toMatchObject([{ vaultKey: key }])
})

test('vaults and grants are kept whole: what is not among them any more is gone', async () => {
  const mine = grantFor(ownKey())
  await site.online(gateway)
  expect(await give({ vaults: [vault], grants: [mine] })).toEqual({ outcome: 'kept' })
  expect(held()).toEqual([{ repositoryId: REPOSITORY_ID, grant: mine.grant }])
  await site.told(/vault\.example:4401/)
  expect(await give({ vaults: [], grants: [] })).toEqual({ outcome: 'kept' })
  expect(held()).toEqual([])
})

test('what is no grant of ours is left out: for another agent, another repository, a vault that there is not', async () => {
  const stranger = ed25519KeyText(generateKeyPairSync('ed25519').privateKey)
  const key = ownKey()
  await site.online(gateway)
  const grants = [
    grantFor(stranger),
    grantFor(key, { repository: OTHER_ID }),
    { ...grantFor(key), vaultId: OTHER_ID },
  ]
  expect(await give({ vaults: [vault], grants })).toEqual({ outcome: 'kept' })
  expect(held()).toEqual([])
  const noGrant = { ...grantFor(key), grant: 'holdfast-vault-1.x.y' }
  await gateway.send(WIRE.portalToAgent.vaults, { vaults: [vault], grants: [noGrant] })
  await site.told('malformed_message')
})

test('a token that reads or adds lasts as long as its grant, because no restic can be given another one', async () => {
  await site.online(gateway)
  await give({ vaults: [vault], grants: [grantFor(ownKey(), { days: 20, mode: 'full' })] })
  const days = async (mode: VaultMode) => {
    const row = { id: REPOSITORY_ID, portalId: site.agent.state.portals.all()[0]?.id ?? null }
    const { secrets = [] } = await openVault(
      { kind: 'vault', vaultId: VAULT_ID },
      row,
      site.agent.state,
      mode,
    )
    const read = readVaultToken(secrets[0] ?? '', [createPublicKey(portalKey)])
    return Math.round(((read?.claims.expiresAt ?? 0) * 1_000 - Date.now()) / DAY_MS)
  }
  expect([await days('read'), await days('append'), await days('full')]).toEqual([20, 20, 3])
})

test('where the portal may not configure, another place is refused, and leave for the known one renewed', async () => {
  const key = ownKey()
  site.join(gateway)
  site.withState((state) => {
    const id = state.portals.all()[0]?.id ?? ''
    state.vaults.replace(id, [vault], [])
    state.portals.setPolicy(id, { ...DEFAULT_POLICY, configure: false })
  })
  await site.startAgent()
  const renewed = grantFor(key)
  expect(await give({ vaults: [vault], grants: [renewed] })).toEqual({ outcome: 'kept' })
  // Through the portal too it is the same vault.
  const relayed = { ...vault, isRelayed: true }
  expect(await give({ vaults: [relayed], grants: [renewed] })).toEqual({ outcome: 'kept' })
  const elsewhere = { ...vault, address: 'thief.example:4401' }
  const answer = await give({ vaults: [elsewhere], grants: [renewed] })
  expect(answer).toMatchObject({ outcome: 'refused', code: 'policy_refused' })
  expect(site.agent.state.vaults.of(site.agent.state.portals.all()[0]?.id ?? '')).toEqual([relayed])
  expect(held()).toEqual([])
})

test('leave that is about to run out is said once, and then that it has', async () => {
  const key = ownKey()
  site.join(gateway)
  const said: (string | null)[] = []
  site.withState((state) => {
    const { grant } = grantFor(key)
    const now = new Date()
    const expiresAt = new Date(now.getTime() + 30 * DAY_MS)
    const kept = { vaultId: VAULT_ID, repositoryId: REPOSITORY_ID, grant, expiresAt }
    state.vaults.replace(state.portals.all()[0]?.id ?? '', [vault], [kept])
    let days = 0
    const watch = new GrantWatch(
      state,
      ({ code }) => said.push(code),
      () => new Date(now.getTime() + days * DAY_MS),
    )
    expect(watch.look()).toEqual([])
    days = 21
    expect(watch.look()).toEqual(['vault_grant_ending'])
    expect(watch.look()).toEqual(['vault_grant_ending'])
    days = 31
    expect(watch.look()).toEqual(['vault_grant_missing'])
  })
  expect(said).toEqual(['vault_grant_ending', 'vault_grant_missing'])
})
