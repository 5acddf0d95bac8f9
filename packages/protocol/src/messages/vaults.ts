/**
 * Where the vaults are that a server's snapshots may go to, and its leave for each repository there: always all of it at
 * once. A grant is good for weeks and bound to the agent's own key (vault-token.ts); the portal signs it anew at each
 * link and while one lasts, so that a server whose portal is away goes on with the one that it has.
 */
import { z } from 'zod'
import { address } from '../join-token.ts'
import { detail, id, refusalCode } from './values.ts'

export const vault = z.object({
  id,
  name: z.string().min(1).max(200),
  /** `host:port`, as restic dials it. */
  address,
  /** PEM that its certificate must lead to. Null: what the machine trusts anyway. */
  authority: z.string().max(20_000).nullable(),
  /** The portal's gateway leads to it as well (vault-relay.ts), where only that port is open. Left out: no. */
  isRelayed: z.boolean().optional(),
})
export type Vault = z.output<typeof vault>

export const vaultGrant = z.object({
  vaultId: id,
  repositoryId: id,
  grant: z.string().regex(/^holdfast-grant-1\.[A-Za-z0-9_.-]{1,2500}$/),
})
export type VaultGrant = z.output<typeof vaultGrant>

export const vaults = z.object({
  vaults: z.array(vault).max(50),
  grants: z.array(vaultGrant).max(1_000),
})
export type Vaults = z.output<typeof vaults>

/** What an agent answers once it keeps them, or why it does not. */
export const vaultsReceipt = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('kept') }),
  z.object({ outcome: z.literal('refused'), code: refusalCode, detail }),
])
export type VaultsReceipt = z.output<typeof vaultsReceipt>
