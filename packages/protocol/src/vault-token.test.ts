import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { expect, test } from 'vitest'
import { readVaultToken, signVaultToken, VAULT_TOKEN_LENGTH_MAX, type VaultClaims } from './vault-token.ts'

const portal = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')

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
  expect(readVaultToken(token, [stranger.publicKey, portal.publicKey])).toEqual(claims)
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
  expect(readVaultToken(forge(claims), [portal.publicKey])).toEqual(claims)
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
