/**
 * What is said to a server of the vaults that it may use: where each is, and its leave for each of its repositories
 * there. The leave is bound to the key that the server's agent has named on this very link, and as narrow as its plans:
 * deleting is only in it where a plan removes snapshots.
 */
import type { KeyObject } from 'node:crypto'
import { type Vaults, vault } from '@holdfast/protocol'
import { signVaultGrant, type VaultMode } from '@holdfast/protocol/vault-token'
import { z } from 'zod'

/** How long a server can be away from its portal and still back up. */
const GRANT_DAYS = 30
const DAY_SECONDS = 86_400

/** A repository in a vault, as the database has it. */
export const vaultedRow = z.object({
  serverId: z.uuid(),
  customerId: z.uuid(),
  repositoryId: z.uuid(),
  /** Of another server, which this one may restore from: it reads, and nothing else. */
  isForeign: z.boolean(),
  /** Some plan removes snapshots from it. */
  forgets: z.boolean(),
  quotaBytes: z.coerce.number().int().nonnegative().nullable(),
  vault,
})
export type Vaulted = z.output<typeof vaultedRow>

export function vaultsFor(
  agentKey: string,
  vaulted: readonly Vaulted[],
  portalKey: KeyObject,
  now = new Date(),
): Vaults {
  const expiresAt = Math.floor(now.getTime() / 1_000) + GRANT_DAYS * DAY_SECONDS
  const vaults = new Map(vaulted.map(({ vault }) => [vault.id, vault]))
  const grants = vaulted.map(({ customerId, serverId, repositoryId, quotaBytes, vault, ...row }) => {
    const claims = {
      ...{
        customer: customerId,
        server: serverId,
        repository: repositoryId,
        agentKey,
        expiresAt,
      },
      // What a provider sells is room for a customer, however many servers share it.
      ...{ quotaBytes: null, customerQuotaBytes: quotaBytes },
      mode: modeOf(row),
    }
    return { vaultId: vault.id, repositoryId, grant: signVaultGrant(claims, portalKey) }
  })
  return { vaults: [...vaults.values()], grants }
}

function modeOf({ isForeign, forgets }: Pick<Vaulted, 'isForeign' | 'forgets'>): VaultMode {
  if (isForeign) return 'read'
  return forgets ? 'full' : 'append'
}
