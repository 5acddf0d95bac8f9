/**
 * A vault token: what lets one run reach one repository in the vault, and nothing else. The vault knows only the public
 * half of the portal's key, and asks nobody and no database. There are two forms:
 *
 *   holdfast-vault-1.<claims>.<signature>                          the portal has signed it
 *   holdfast-vault-2.<grant>.<signature>.<narrower>.<signature>    an agent has signed it, by leave of the portal
 *
 * The leave is a grant, which the portal signs now and then and the agent keeps: it names the agent's own public key,
 * and is worth nothing without the private half. So a week without the portal loses no run, what travels to the vault
 * never outlives its grant and may delete for days only, and the grant never leaves the agent by itself.
 *
 *   holdfast-grant-1.<grant>.<signature>
 *
 *   claims, grant, narrower   base64url of JSON, see `vaultClaims`, `grantClaims`, `narrowerClaims`
 *   signature                 base64url of Ed25519 over all of the text before it. What is signed says what it is for, so
 *                             a signature made for anything else is never a token. (That of a grant is over
 *                             `holdfast-grant-1.<grant>`, in whichever text it stands.)
 *
 * restic sends it as the password of HTTP basic authentication (the user's name is not looked at), others may send it as
 * `Authorization: Bearer`. It is a secret: in the environment or in a file, never among the arguments of a program.
 *
 * What stands in it are rights of the moment. What protects data for longer, such as how long deleted files are kept,
 * is deliberately not in it: a stolen signing key must not be able to shorten that.
 *
 * A third text, `holdfast-manage-1.<claims>.<signature>`, lets the portal read how much lies in the vault and whether it
 * is whole (`Authorization: Bearer`), and reaches no repository.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'

const TOKEN = 'holdfast-vault-1'
const TOKEN_UNDER_GRANT = 'holdfast-vault-2'
const GRANT = 'holdfast-grant-1'
const MANAGE = 'holdfast-manage-1'
/** Four times the longest real one. */
export const VAULT_TOKEN_LENGTH_MAX = 4_096
/** The signature of Ed25519: 64 bytes, which are 86 characters. */
const SIGNED = /^(([a-z0-9-]{1,30})\.([A-Za-z0-9_-]{1,3800}))\.([A-Za-z0-9_-]{86})$/
const UNDER_GRANT =
  /^(holdfast-vault-2\.([A-Za-z0-9_-]{1,1900})\.([A-Za-z0-9_-]{86})\.([A-Za-z0-9_-]{1,500}))\.([A-Za-z0-9_-]{86})$/

/**
 * Ids become folders of the vault, so they are what every file system takes as it is: no upper case, no dot, no slash.
 * Database ids (uuid) are such, and names that a person types can be.
 */
export const vaultId = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
  message: 'Use 1 to 63 lower-case letters, digits and dashes; begin and end with a letter or digit.',
})

/**
 * read     looks and reads. Writes nothing, not even a lock: restic needs --no-lock
 * append   and adds; deletes nothing but locks. What a backup needs
 * full     and deletes, which in the vault means: into the trash. What forget and prune need
 */
export const VAULT_MODES = ['read', 'append', 'full'] as const
export type VaultMode = (typeof VAULT_MODES)[number]

const vaultClaims = z.strictObject({
  customer: vaultId,
  server: vaultId,
  repository: vaultId,
  mode: z.enum(VAULT_MODES),
  /** Seconds since 1970. */
  expiresAt: z.int().positive(),
  /** What the repository may hold in all, its trash included. Null: as much as there is room. */
  quotaBytes: z.int().nonnegative().nullable(),
  /** What all repositories of the customer may hold together. Null or left out: as much as there is room. */
  customerQuotaBytes: z.int().nonnegative().nullable().optional(),
})

export type VaultClaims = z.output<typeof vaultClaims>

/** The raw 32 bytes of an Ed25519 public key, base64url. */
export const ed25519Key = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

const grantClaims = vaultClaims.extend({
  /** Only who has the private half of it can make use of the grant. */
  agentKey: ed25519Key,
})
export type GrantClaims = z.output<typeof grantClaims>

/** What an agent says in a token of its own: never more than its grant allows. */
const narrowerClaims = vaultClaims.pick({ mode: true, expiresAt: true })
export type NarrowerClaims = z.output<typeof narrowerClaims>

const manageClaims = vaultClaims.pick({ expiresAt: true })

/** @throws Error when the claims are not such, or the key cannot sign Ed25519. */
export function signVaultToken(claims: VaultClaims, privateKey: KeyObject): string {
  return signed(`${TOKEN}.${encoded(vaultClaims.parse(claims))}`, privateKey)
}

/** @throws Error when the claims are not such, or the key cannot sign Ed25519. */
export function signVaultGrant(claims: GrantClaims, privateKey: KeyObject): string {
  return signed(`${GRANT}.${encoded(grantClaims.parse(claims))}`, privateKey)
}

/** @throws Error when the grant is none, the claims are not such, or the key cannot sign Ed25519. */
export function signUnderGrant(grant: string, claims: NarrowerClaims, agentKey: KeyObject): string {
  const [, , prefix, granted, signature] = SIGNED.exec(grant) ?? []
  if (prefix !== GRANT) throw new Error('This is no grant of a vault.')
  const narrower = encoded(narrowerClaims.parse(claims))
  return signed(`${TOKEN_UNDER_GRANT}.${granted}.${signature}.${narrower}`, agentKey)
}

/** Lets the portal itself look after a vault; good for so long. */
export function signManageToken(expiresAt: number, privateKey: KeyObject): string {
  return signed(`${MANAGE}.${encoded(manageClaims.parse({ expiresAt }))}`, privateKey)
}

/** What a token allows. `isWider`: its agent asks for more than its grant allows, so it allows nothing. */
export type ReadVaultToken = { readonly claims: VaultClaims; readonly isWider: boolean }

/**
 * The claims, if one of these keys has signed them or has let somebody sign them; null for anything else. Whether the
 * token has expired is for the caller to ask, and to ask again as long as he goes on believing it.
 */
export function readVaultToken(token: string, publicKeys: readonly KeyObject[]): ReadVaultToken | null {
  if (token.length > VAULT_TOKEN_LENGTH_MAX) return null
  if (token.startsWith(`${TOKEN_UNDER_GRANT}.`)) return readUnderGrant(token, publicKeys)
  const claims = readSigned(token, TOKEN, vaultClaims, publicKeys)
  return claims === null ? null : { claims, isWider: false }
}

function readUnderGrant(token: string, publicKeys: readonly KeyObject[]): ReadVaultToken | null {
  const [, text = '', granted, grantSignature, own = '', signature = ''] = UNDER_GRANT.exec(token) ?? []
  if (text === '') return null
  const grant = readSigned(`${GRANT}.${granted}.${grantSignature}`, GRANT, grantClaims, publicKeys)
  if (grant === null || !isSignedBy(text, signature, [publicKeyOf(grant.agentKey)])) return null
  const narrower = decoded(own, narrowerClaims)
  if (narrower === null) return null
  const { agentKey: _, ...claims } = grant
  const { mode } = narrower
  // Whatever the token says, it ends with its grant.
  const expiresAt = Math.min(grant.expiresAt, narrower.expiresAt)
  const isWider =
    narrower.expiresAt > grant.expiresAt || VAULT_MODES.indexOf(mode) > VAULT_MODES.indexOf(grant.mode)
  return { claims: { ...claims, mode, expiresAt }, isWider }
}

/** What a grant says, for the agent that holds it: it cannot check the signature, and need not. Null: this is none. */
export function readOwnGrant(grant: string): GrantClaims | null {
  const [, , prefix, claims = ''] = SIGNED.exec(grant) ?? []
  return prefix === GRANT ? decoded(claims, grantClaims) : null
}

/** When it expires, in seconds since 1970, if one of these keys has signed it; null for anything else. */
export function readManageToken(token: string, publicKeys: readonly KeyObject[]): number | null {
  if (token.length > VAULT_TOKEN_LENGTH_MAX) return null
  return readSigned(token, MANAGE, manageClaims, publicKeys)?.expiresAt ?? null
}

/** The public half of a key as it stands in a grant. @throws Error when it is no Ed25519 key */
export function ed25519KeyText(key: KeyObject): string {
  const open = key.type === 'private' ? createPublicKey(requireEd25519(key)) : requireEd25519(key)
  return ed25519Key.parse(open.export({ format: 'jwk' }).x)
}

/** The key that such a text stands for. */
export function publicKeyOf(text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' })
}

function encoded(claims: unknown): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64url')
}

function decoded<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    return null
  }
}

function signed(text: string, privateKey: KeyObject): string {
  return `${text}.${sign(null, Buffer.from(text), requireEd25519(privateKey)).toString('base64url')}`
}

function readSigned<T>(
  text: string,
  prefix: string,
  schema: z.ZodType<T>,
  publicKeys: readonly KeyObject[],
): T | null {
  const [, covered = '', said, claims = '', signature = ''] = SIGNED.exec(text) ?? []
  return said === prefix && isSignedBy(covered, signature, publicKeys) ? decoded(claims, schema) : null
}

function isSignedBy(text: string, signature: string, publicKeys: readonly KeyObject[]): boolean {
  const bytes = Buffer.from(text)
  const proof = Buffer.from(signature, 'base64url')
  return publicKeys.some((key) => verify(null, bytes, requireEd25519(key), proof))
}

/** With another kind of key, `verify` would ask for another kind of signature. */
function requireEd25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('Vault tokens are signed by Ed25519 keys only.')
  return key
}
