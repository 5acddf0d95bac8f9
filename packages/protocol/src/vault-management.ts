/**
 * What a vault tells the portal that looks after it: that it is one, how much lies in it, and whether it is whole.
 * Asked over HTTPS with a token of its own kind (`signManageToken`, vault-token.ts), answered as JSON, and changes
 * nothing: what a vault keeps, and for how long, is decided at the vault.
 *
 *   GET /-/hello                  vaultHello
 *   GET /-/report?month=2026-11   vaultReport
 *
 * No repository can be called `-`, so these paths never meet one.
 */
import { z } from 'zod'
import { vaultId } from './vault-token.ts'

export const VAULT_HELLO_PATH = '/-/hello'
export const VAULT_REPORT_PATH = '/-/report'

const bytes = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** `2026-11`, in UTC. */
export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/)

export const vaultHello = z.object({ holdfastVault: z.literal(1), version: z.string().max(64) })
export type VaultHello = z.output<typeof vaultHello>

export const damagedObject = z.object({
  customer: vaultId,
  repository: vaultId,
  kind: z.enum(['data', 'index', 'keys', 'locks', 'snapshots']),
  name: z.string().regex(/^[0-9a-f]{64}$/),
  isInTrash: z.boolean(),
  /** What its content is now, or why it could not be read. */
  found: z.string().max(500),
})
export type DamagedObject = z.output<typeof damagedObject>

export const DAMAGED_TOLD_MAX = 1_000

/** The newest reading of everything (`holdfast-vault verify`). */
export const verifiedReport = z.object({
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  repositories: bytes,
  objects: bytes,
  bytes,
  damagedTotal: bytes,
  /** The first of them. */
  damaged: z.array(damagedObject).max(DAMAGED_TOLD_MAX),
})
export type VerifiedReport = z.output<typeof verifiedReport>

export const customerUsage = z.object({
  customer: vaultId,
  repositories: z.array(z.object({ repository: vaultId, bytes, trashBytes: bytes })).max(20_000),
  /** What each server moved in that month. */
  servers: z
    .array(z.object({ server: vaultId, bytesIn: bytes, bytesOut: bytes, requests: bytes }))
    .max(20_000),
})
export type CustomerUsage = z.output<typeof customerUsage>

export const vaultReport = z.object({
  month,
  customers: z.array(customerUsage).max(20_000),
  /** Null: nobody has had it read yet. */
  verified: verifiedReport.nullable(),
})
export type VaultReport = z.output<typeof vaultReport>
