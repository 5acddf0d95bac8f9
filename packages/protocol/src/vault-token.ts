/**
 * A vault token: what lets one run reach one repository in the vault, and nothing else. The portal signs it with a key
 * that the vault does not have; the vault knows only the public half, and asks nobody and no database.
 *
 *   holdfast-vault-1.<claims>.<signature>
 *
 *   claims      base64url of JSON, see `vaultClaims`
 *   signature   base64url of Ed25519 over the text before it, `holdfast-vault-1.<claims>`: what is signed says what it is
 *               for, so a signature made for anything else is never a token
 *
 * restic sends it as the password of HTTP basic authentication (the user's name is not looked at), others may send it as
 * `Authorization: Bearer`. It is a secret: in the environment or in a file, never among the arguments of a program.
 *
 * What stands in it are rights of the moment. What protects data for longer, such as how long deleted files are kept,
 * is deliberately not in it: a stolen signing key must not be able to shorten that.
 */
import { type KeyObject, sign, verify } from 'node:crypto'
import { z } from 'zod'

const PREFIX = 'holdfast-vault-1'
/** Four times the longest real one. */
export const VAULT_TOKEN_LENGTH_MAX = 4_096
/** The signature of Ed25519: 64 bytes, which are 86 characters. */
const SHAPE = /^(holdfast-vault-1\.([A-Za-z0-9_-]{1,3900}))\.([A-Za-z0-9_-]{86})$/

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
})

export type VaultClaims = z.output<typeof vaultClaims>

/** @throws Error when the claims are not such, or the key cannot sign Ed25519. */
export function signVaultToken(claims: VaultClaims, privateKey: KeyObject): string {
  const text = `${PREFIX}.${Buffer.from(JSON.stringify(vaultClaims.parse(claims))).toString('base64url')}`
  return `${text}.${sign(null, Buffer.from(text), requireEd25519(privateKey)).toString('base64url')}`
}

/**
 * The claims, if one of these keys has signed them; null for anything else. Whether the token has expired is for the
 * caller to ask, and to ask again as long as he goes on believing it.
 */
export function readVaultToken(token: string, publicKeys: readonly KeyObject[]): VaultClaims | null {
  if (token.length > VAULT_TOKEN_LENGTH_MAX) return null
  const [, text = '', claims = '', signature = ''] = SHAPE.exec(token) ?? []
  if (text === '') return null
  const bytes = Buffer.from(text)
  const proof = Buffer.from(signature, 'base64url')
  if (!publicKeys.some((key) => verify(null, bytes, requireEd25519(key), proof))) return null
  try {
    return vaultClaims.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')))
  } catch {
    return null
  }
}

/** With another kind of key, `verify` would ask for another kind of signature. */
function requireEd25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('Vault tokens are signed by Ed25519 keys only.')
  return key
}
