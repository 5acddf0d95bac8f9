import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  ed25519KeyText,
  type GrantClaims,
  publicKeyOf,
  readManageToken,
  readOwnGrant,
  readVaultToken,
  signManageToken,
  signUnderGrant,
  signVaultGrant,
  signVaultToken,
  VAULT_MODES,
  VAULT_TOKEN_LENGTH_MAX,
  type VaultClaims,
} from './vault-token.ts'

const portal = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const agent = generateKeyPairSync('ed25519')

const claims: VaultClaims = {
  customer: 'acme',
  server: 'fileserver',
  repository: '0199f0c2-7a51-7e3c-9d7e-1c2f4b5a6d70',
  mode: 'append',
  expiresAt: 1_900_000_000,
  quotaBytes: 500_000_000_000,
}

/** A token as whoever has the key could make one, whatever it says. */
function forge(payload: unknown, { prefix = 'holdfast-vault-1', key = portal.privateKey } = {}): string {
  const text = `${prefix}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
}

test('what was signed is read again, by the public half alone, which may be one of several', () => {
  const token = signVaultToken(claims, portal.privateKey)
  expect(readVaultToken(token, [stranger.publicKey, portal.publicKey])).toEqual({ claims, isWider: false })
})

test('nothing of it is a URL’s own character, so it fits into the address of a repository', () => {
  expect(signVaultToken(claims, portal.privateKey)).toMatch(/^[A-Za-z0-9._-]+$/)
})

test('another key’s signature, and no key at all, are no token', () => {
  const token = signVaultToken(claims, stranger.privateKey)
  expect(readVaultToken(token, [portal.publicKey])).toBeNull()
  expect(readVaultToken(token, [])).toBeNull()
})

test('one changed character anywhere makes it nothing', () => {
  const token = signVaultToken(claims, portal.privateKey)
  for (let at = 0; at < token.length; at += 1) {
    // The last character of a signature carries four bits that decode to nothing.
    if (at === token.length - 1) continue
    const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
    expect(readVaultToken(changed, [portal.publicKey]), `character ${at}`).toBeNull()
  }
})

test.each([
  ['an id that leads elsewhere', { ...claims, repository: '../other' }],
  ['an id with a slash', { ...claims, customer: 'acme/other' }],
  ['an id in capitals', { ...claims, server: 'FILESERVER' }],
  ['a mode that there is not', { ...claims, mode: 'admin' }],
  ['a claim that there is not', { ...claims, trashDays: 0 }],
  ['no expiry', { ...claims, expiresAt: undefined }],
  ['a negative quota', { ...claims, quotaBytes: -1 }],
  ['no object', 'full'],
])('%s is refused although it is signed', (_, payload) => {
  expect(readVaultToken(forge(payload), [portal.publicKey])).toBeNull()
})

test('a signature over something else is no token', () => {
  expect(readVaultToken(forge(claims), [portal.publicKey])).toEqual({ claims, isWider: false })
  expect(readVaultToken(forge(claims, { prefix: 'holdfast-else-1' }), [portal.publicKey])).toBeNull()
})

test.each([
  ['nothing', ''],
  ['a word', 'holdfast-vault-1'],
  ['too much', `holdfast-vault-1.${'A'.repeat(VAULT_TOKEN_LENGTH_MAX)}.${'A'.repeat(86)}`],
])('%s is no token', (_, text) => {
  expect(readVaultToken(text, [portal.publicKey])).toBeNull()
})

test('a key of another kind is a mistake of ours, and said so', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  expect(() => signVaultToken(claims, privateKey)).toThrow('Ed25519')
  const token = signVaultToken(claims, portal.privateKey)
  expect(() => readVaultToken(token, [createPublicKey(privateKey)])).toThrow('Ed25519')
})

describe('a token that an agent signs', () => {
  const granted: GrantClaims = { ...claims, agentKey: ed25519KeyText(agent.privateKey) }
  const grant = signVaultGrant(granted, portal.privateKey)
  const narrower = { mode: 'append', expiresAt: claims.expiresAt - 1_000 } as const
  const read = (token: string) => readVaultToken(token, [portal.publicKey])

  test('reaches what its grant names, in its own mode and for its own time', () => {
    const token = signUnderGrant(grant, narrower, agent.privateKey)
    expect(read(token)).toEqual({ claims: { ...claims, ...narrower }, isWider: false })
    expect(token).toMatch(/^[A-Za-z0-9._-]+$/)
    expect(token.length).toBeLessThan(VAULT_TOKEN_LENGTH_MAX / 2)
  })

  test('may be narrower than its grant, and is told when it is wider', () => {
    for (const [ofGrant, granting] of VAULT_MODES.entries())
      for (const [asked, mode] of VAULT_MODES.entries()) {
        const leave = signVaultGrant({ ...granted, mode: granting }, portal.privateKey)
        const token = signUnderGrant(leave, { ...narrower, mode }, agent.privateKey)
        expect(read(token)?.isWider, `${mode} under ${granting}`).toBe(asked > ofGrant)
      }
    const longer = { ...narrower, expiresAt: claims.expiresAt + 1 }
    const beyond = read(signUnderGrant(grant, longer, agent.privateKey))
    expect(beyond).toEqual({ claims, isWider: true })
  })

  test('is nothing by another agent’s key, or under a grant that somebody else signed', () => {
    expect(read(signUnderGrant(grant, narrower, stranger.privateKey))).toBeNull()
    const forged = signVaultGrant(granted, stranger.privateKey)
    expect(read(signUnderGrant(forged, narrower, agent.privateKey))).toBeNull()
    const own = signVaultGrant(granted, agent.privateKey)
    expect(read(signUnderGrant(own, narrower, agent.privateKey))).toBeNull()
  })

  test('one changed character anywhere makes it nothing', () => {
    const token = signUnderGrant(grant, narrower, agent.privateKey)
    // The last character carries four bits that decode to nothing.
    for (let at = 0; at < token.length - 1; at += 1) {
      const changed = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
      expect(read(changed), `character ${at}`).toBeNull()
    }
  })

  test('neither a grant, nor what is signed for another purpose, is a token', () => {
    expect(read(grant)).toBeNull()
    expect(read(signManageToken(claims.expiresAt, portal.privateKey))).toBeNull()
    expect(() =>
      signUnderGrant(signVaultToken(claims, portal.privateKey), narrower, agent.privateKey),
    ).toThrow('no grant')
  })

  test('the agent reads what it was granted', () => {
    expect(readOwnGrant(grant)).toEqual(granted)
    expect(readOwnGrant(signVaultToken(claims, portal.privateKey))).toBeNull()
    expect(publicKeyOf(granted.agentKey).equals(agent.publicKey)).toBe(true)
  })
})

test('what lets the portal look after a vault is known by its own name and key', () => {
  const token = signManageToken(1_900_000_000, portal.privateKey)
  expect(readManageToken(token, [portal.publicKey])).toBe(1_900_000_000)
  expect(readManageToken(token, [stranger.publicKey])).toBeNull()
  expect(readManageToken(signVaultToken(claims, portal.privateKey), [portal.publicKey])).toBeNull()
})
