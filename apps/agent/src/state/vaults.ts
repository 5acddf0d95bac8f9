import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { type Vault, type VaultGrant, vault, vaultGrant } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/** Leave to use one repository in a vault, and until when. Good for nothing without this agent's own key. */
export type Grant = VaultGrant & { readonly expiresAt: Date }

const vaultRow = z.object({ vault: json(vault) }).transform((row): Vault => row.vault)

const grantRow = z
  .object({
    vault_id: vaultGrant.shape.vaultId,
    repository_id: vaultGrant.shape.repositoryId,
    grant_text: vaultGrant.shape.grant,
    expires_at: z.iso.datetime(),
  })
  .transform(
    (row): Grant => ({
      vaultId: row.vault_id,
      repositoryId: row.repository_id,
      grant: row.grant_text,
      expiresAt: new Date(row.expires_at),
    }),
  )

const GRANT = 'vault_id, repository_id, grant_text, expires_at'
const keyRow = z.object({ vault_key: z.string().min(1).nullable() })

/** Where the vaults of each portal are, what this server may do there, and the key by which it signs its own tokens. */
export class Vaults {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  of(portalId: string): Vault[] {
    return this.#database.all(vaultRow, 'SELECT vault FROM vaults WHERE portal_id = ? ORDER BY id', portalId)
  }

  find(portalId: string, vaultId: string): Vault | null {
    return this.#database.get(
      vaultRow,
      'SELECT vault FROM vaults WHERE portal_id = ? AND id = ?',
      portalId,
      vaultId,
    )
  }

  /** Of every portal, those first that run out first. */
  grants(): Grant[] {
    return this.#database.all(
      grantRow,
      `SELECT ${GRANT} FROM vault_grants ORDER BY expires_at, repository_id`,
    )
  }

  grantFor(portalId: string, repositoryId: string): Grant | null {
    return this.#database.get(
      grantRow,
      `SELECT ${GRANT} FROM vault_grants WHERE portal_id = ? AND repository_id = ?`,
      portalId,
      repositoryId,
    )
  }

  /** They come whole: what is not among them any more is gone. */
  replace(portalId: string, vaults: readonly Vault[], grants: readonly Grant[]): void {
    this.#database.transact(() => {
      this.#database.run('DELETE FROM vaults WHERE portal_id = ?', portalId)
      for (const one of vaults)
        this.#database.run(
          'INSERT OR REPLACE INTO vaults (portal_id, id, vault) VALUES (?, ?, ?)',
          portalId,
          one.id,
          JSON.stringify(one),
        )
      this.#database.run('DELETE FROM vault_grants WHERE portal_id = ?', portalId)
      for (const { vaultId, repositoryId, grant, expiresAt } of grants)
        this.#database.run(
          `INSERT OR REPLACE INTO vault_grants (portal_id, ${GRANT}) VALUES (?, ?, ?, ?, ?)`,
          portalId,
          vaultId,
          repositoryId,
          grant,
          expiresAt.toISOString(),
        )
    })
  }

  /** Made when it is first asked for, and kept. Its private half never leaves this machine. */
  get key(): KeyObject {
    const kept = this.#keptKey()
    if (kept !== null) return createPrivateKey(kept)
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    this.#database.run('UPDATE identity SET vault_key = ? WHERE vault_key IS NULL', pem)
    // Whoever was first has won.
    return createPrivateKey(this.#keptKey() ?? pem)
  }

  #keptKey(): string | null {
    return this.#database.get(keyRow, 'SELECT vault_key FROM identity')?.vault_key ?? null
  }
}
