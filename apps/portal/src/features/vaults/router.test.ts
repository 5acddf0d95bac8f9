import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { seedRepository, seedVault } from '@holdfast/database/seed'
import { placeText } from '@holdfast/protocol'
import { ed25519KeyText } from '@holdfast/protocol/vault-token'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  codeOf,
  expectStrangersUnknown,
  problemOf,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'
import { startTestVault, type TestVault } from '#testing/vault.ts'

let portal: TestConsole
let vault: TestVault
beforeAll(async () => {
  portal = await startTestConsole()
  const { publicKey } = await portal.owner.vaults.trust()
  vault = await startTestVault(publicKey)
})
afterAll(async () => {
  await vault[Symbol.asyncDispose]()
  await portal.stop()
})

const shown = async (vaultId: string) => (await portal.owner.vaults.list()).find(({ id }) => id === vaultId)
const aVault = (name: string, more: object = {}) =>
  portal.rows((tx) => seedVault(tx, portal.provider, { name, ...more }))
const repositoryIn = (vaultId: string) => {
  const place = { kind: 'vault', vaultId } as const
  const stored = { kind: 'vault', place: JSON.stringify(place), location: placeText(place) }
  return portal.rows((tx) => seedRepository(tx, portal.acme.server, stored))
}

describe('a vault', () => {
  test('is told to trust this portal by its public key alone', async () => {
    const { publicKey, command } = await portal.technician.vaults.trust()
    expect(publicKey).toBe(`ed25519:${ed25519KeyText(portal.portal.vaultKey)}`)
    expect(command).toBe(`holdfast-vault key trust ${publicKey}`)
  })

  test('is registered by the fingerprint that it prints, is reached, and the log knows', async () => {
    const input = { name: 'Zurich', address: vault.address, trust: vault.fingerprint }
    const { vaultId } = await portal.owner.vaults.register(input)
    expect(await shown(vaultId)).toMatchObject({
      ...{ name: 'Zurich', address: vault.address, problemCode: null, repositories: 0 },
      reachedAt: expect.any(Date),
      certificateSha256: vault.fingerprint.replaceAll(':', '').toLowerCase(),
    })
    expect(await portal.technician.vaults.look({ vaultId })).toEqual({ problemCode: null })
    const { items } = await portal.owner.managementLog.list({ code: 'vault_added' })
    expect(items).toMatchObject([{ subject: 'Zurich', detail: vault.address }])
    expect(await codeOf(portal.owner.vaults.register(input))).toBe('vault_name_taken')
  })

  test('is registered by its certificate in PEM', async () => {
    const input = { name: 'By PEM', address: vault.address, trust: vault.certificate }
    const { vaultId } = await portal.owner.vaults.register(input)
    expect(await shown(vaultId)).toMatchObject({ problemCode: null })
  })

  test('with another fingerprint is not taken in', async () => {
    const input = { name: 'False', address: vault.address, trust: 'ab'.repeat(32) }
    const { refusal } = await problemOf(portal.owner.vaults.register(input))
    expect(refusal).toMatchObject({ code: 'vault_certificate_wrong' })
    expect((await portal.owner.vaults.list()).map(({ name }) => name)).not.toContain('False')
  })

  test.each([
    ['', 'vault_certificate_wrong'],
    ['not a fingerprint', null],
  ])('whose certificate nobody vouches for (%j) is said to have the wrong one', async (trust, code) => {
    const registered = portal.owner.vaults.register({ name: `Trust ${trust}`, address: vault.address, trust })
    if (code === null) expect((await problemOf(registered)).fields).toHaveProperty('trust')
    else expect(await shown((await registered).vaultId)).toMatchObject({ problemCode: code })
  })

  test('that does not trust this portal says so', async () => {
    const stranger = generateKeyPairSync('ed25519').privateKey
    await using other = await startTestVault(`ed25519:${ed25519KeyText(stranger)}`)
    const input = { name: 'Stranger', address: other.address, trust: other.fingerprint }
    const { vaultId } = await portal.owner.vaults.register(input)
    expect(await shown(vaultId)).toMatchObject({ problemCode: 'vault_distrusts_portal', reachedAt: null })
  })

  test('that does not answer, or is something else, is told apart', async () => {
    const plain = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
    await new Promise((resolve) => plain.once('listening', resolve))
    const { port } = plain.address() as AddressInfo
    const { id: other } = await aVault('Plain', { address: `127.0.0.1:${port}` })
    expect(await portal.owner.vaults.look({ vaultId: other })).toEqual({ problemCode: 'not_a_vault' })
    plain.close()
    plain.closeAllConnections()
    const { id: silent } = await aVault('Silent', { address: '127.0.0.1:1' })
    expect(await portal.owner.vaults.look({ vaultId: silent })).toEqual({ problemCode: 'vault_unreachable' })
  })

  test('that moves is known by its new address to the servers that use it', async () => {
    const { id } = await aVault('Moving', { authority: vault.certificate })
    await repositoryIn(id)
    const moved = { vaultId: id, name: 'Moved', address: vault.address, trust: null, isRelayed: true }
    await portal.owner.vaults.change(moved)
    expect(await shown(id)).toMatchObject({ name: 'Moved', problemCode: null, repositories: 1 })
    expect(portal.agents.toldVaults).toContain(portal.acme.server.id)
  })

  test('may be reached through the portal, unless its owner says no, which its servers and the log hear', async () => {
    const input = { name: 'Led to', address: vault.address, trust: vault.fingerprint }
    const { vaultId } = await portal.owner.vaults.register(input)
    expect(await shown(vaultId)).toMatchObject({ isRelayed: true })
    await repositoryIn(vaultId)
    const told = portal.agents.toldVaults.length
    const closed = { vaultId, name: 'Closed', address: vault.address, trust: null, isRelayed: false }
    expect(await codeOf(portal.technician.vaults.change(closed))).toBe('not_allowed')
    expect(await shown(vaultId)).toMatchObject({ isRelayed: true })
    await portal.owner.vaults.change(closed)
    expect(await shown(vaultId)).toMatchObject({ isRelayed: false })
    expect(portal.agents.toldVaults.slice(told)).toEqual([portal.acme.server.id])
    const { items } = await portal.owner.managementLog.list({ code: 'vault_changed' })
    expect(items[0]).toMatchObject({ subject: 'Closed', detail: `${vault.address}, not through the portal` })
    const direct = await portal.owner.vaults.register({ ...input, name: 'Never led to', isRelayed: false })
    expect(await shown(direct.vaultId)).toMatchObject({ isRelayed: false })
  })

  test('is removed only when nobody uses it', async () => {
    const { id } = await aVault('Used')
    const { id: repositoryId } = await repositoryIn(id)
    expect(await codeOf(portal.owner.vaults.remove({ vaultId: id }))).toBe('vault_in_use')
    await portal.rows((tx) => tx.repository.delete({ where: { id: repositoryId } }))
    await portal.owner.vaults.remove({ vaultId: id })
    expect(await shown(id)).toBeUndefined()
    expect(await codeOf(portal.owner.vaults.look({ vaultId: id }))).toBe('not_found')
  })
})

test('a customer learns the names of vaults, and nothing else of them', async () => {
  const { id, name } = await aVault('Offered', { address: 'secret.example:4401' })
  const offered = await portal.acmeViewer.vaults.offered({ serverId: portal.acme.server.id })
  expect(offered).toContainEqual({ id, name })
  expect(JSON.stringify(offered)).not.toContain('secret.example')
})

test('strangers’ servers and vaults are answered like missing ones', async () => {
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.vaults.offered({ serverId }),
  )
  const theirs = await portal.portal.database.forTenant(
    { providerId: portal.strange.customer.providerId, customerId: null },
    (tx) => seedVault(tx, { id: portal.strange.customer.providerId }),
  )
  const mine = { name: 'Mine', address: 'mine.example:4401', trust: null, isRelayed: true }
  const change = { vaultId: theirs.id, ...mine }
  expect(await codeOf(portal.owner.vaults.look({ vaultId: theirs.id }))).toBe('not_found')
  expect(await codeOf(portal.owner.vaults.change(change))).toBe('not_found')
  expect(await codeOf(portal.owner.vaults.remove({ vaultId: theirs.id }))).toBe('not_found')
  expect((await portal.owner.vaults.list()).map(({ id }) => id)).not.toContain(theirs.id)
})
