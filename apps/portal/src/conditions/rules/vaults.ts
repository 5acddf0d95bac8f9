/** Vaults and the room in them, as they say themselves: whether they answer, are whole, are read again, and fill up. */
import type { TenantSql } from '@holdfast/database'
import { aboutCustomer, aboutVault, type Found } from '../found.ts'
import { agoMs, DAY_MS, HOUR_MS, MINUTE_MS } from './moment.ts'

const UNREACHABLE_AFTER_MS = 2 * HOUR_MS + 15 * MINUTE_MS
/**
 * They are asked once an hour, and whenever a portal starts or somebody clicks: so far apart two looks must have gone
 * wrong, with none between that went well. One alone may be a blip, however long nobody had looked before.
 */
const PROBLEM_FOR_MS = 45 * MINUTE_MS
const UNREACHABLE_CRITICAL_AFTER_MS = DAY_MS
/** The guide has everything read once a month. */
const NEVER_VERIFIED_AFTER_MS = 14 * DAY_MS
const VERIFIED_WITHIN_MS = 45 * DAY_MS
const NEARLY_FULL = 0.9
/** Less than this is left, and hardly a backup fits. */
const FULL = 0.99
/** What was counted before is no present. */
const COUNTED_WITHIN_MS = DAY_MS

export type VaultEvidence = {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly lookedAt: Date | null
  readonly reachedAt: Date | null
  readonly problemCode: string
  /** Of the looks since the last that went well, the first. */
  readonly problemSince: Date | null
  readonly verifiedAt: Date | null
  readonly damagedTotal: number
  readonly repositories: number
}

/** What a customer has in all vaults, and what he may. */
export type RoomEvidence = {
  readonly customerId: string
  readonly quotaBytes: number
  readonly usedBytes: number
  /** Of the repository that was counted longest ago. */
  readonly countedAt: Date
}

export async function readVaultEvidence(sql: TenantSql): Promise<{
  readonly vaults: VaultEvidence[]
  readonly rooms: RoomEvidence[]
}> {
  const vaults = await sql.query<VaultEvidence>(VAULTS)
  const rooms = await sql.query<RoomEvidence>(ROOMS)
  return { vaults: vaults.rows, rooms: rooms.rows }
}

const VAULTS = `
  SELECT vault.id, vault.name, vault.created_at AS "createdAt", vault.looked_at AS "lookedAt",
         vault.reached_at AS "reachedAt", vault.problem_code AS "problemCode", vault.problem_since AS "problemSince", vault.verified_at AS "verifiedAt",
         vault.damaged_total AS "damagedTotal", coalesce(used.repositories, 0)::int AS repositories
  FROM vault LEFT JOIN (
    SELECT place::jsonb ->> 'vaultId' AS vault_id, count(*) AS repositories
    FROM repository WHERE kind = 'vault' GROUP BY 1
  ) AS used ON used.vault_id = vault.id::text`

const ROOMS = `
  SELECT customer.id AS "customerId", customer.vault_quota_bytes::float8 AS "quotaBytes",
         sum(stock.bytes + stock.trash_bytes)::float8 AS "usedBytes", min(stock.counted_at) AS "countedAt"
  FROM customer JOIN vault_stock AS stock ON stock.customer_id = customer.id
  WHERE customer.vault_quota_bytes > 0
  GROUP BY customer.id`

export function vaultRules(vaults: readonly VaultEvidence[], now: Date): Found[] {
  return vaults.flatMap((vault) =>
    [unreachable(vault, now), damaged(vault), unverified(vault, now)].filter((found) => found !== null),
  )
}

export function roomRules(rooms: readonly RoomEvidence[], now: Date): Found[] {
  return rooms.flatMap(({ customerId, quotaBytes, usedBytes, countedAt }) => {
    const share = usedBytes / quotaBytes
    if (share < NEARLY_FULL || agoMs(now, countedAt) > COUNTED_WITHIN_MS) return []
    const facts = { usedBytes, quotaBytes, share }
    const how = share < FULL ? ({ code: 'quota_nearly_full', severity: 'warning' } as const) : FULLY
    return [aboutCustomer(customerId, { ...how, since: countedAt, facts })]
  })
}
const FULLY = { code: 'quota_full', severity: 'critical' } as const

function unreachable(vault: VaultEvidence, now: Date): Found | null {
  const { problemCode: reason, problemSince, lookedAt, reachedAt, createdAt, repositories } = vault
  const since = reachedAt ?? createdAt
  const awayMs = agoMs(now, since)
  if (reason === '' || lookedAt === null || problemSince === null) return null
  if (agoMs(lookedAt, problemSince) < PROBLEM_FOR_MS || awayMs <= UNREACHABLE_AFTER_MS) return null
  const isUsed = repositories > 0
  const severity = !isUsed ? 'notice' : awayMs > UNREACHABLE_CRITICAL_AFTER_MS ? 'critical' : 'warning'
  return aboutVault(vault, { code: 'vault_unreachable', severity, since, facts: { awayMs, reason } })
}

function damaged(vault: VaultEvidence): Found | null {
  const { damagedTotal: objects, verifiedAt } = vault
  if (objects === 0 || verifiedAt === null) return null
  return aboutVault(vault, {
    code: 'vault_damaged',
    severity: 'critical',
    since: verifiedAt,
    facts: { objects },
  })
}

/** Of one that does not answer nobody knows: that is another condition. */
function unverified(vault: VaultEvidence, now: Date): Found | null {
  const { verifiedAt, createdAt, repositories, problemCode, reachedAt } = vault
  if (repositories === 0 || problemCode !== '' || reachedAt === null) return null
  const since = verifiedAt ?? createdAt
  const ageMs = agoMs(now, since)
  if (ageMs <= (verifiedAt ? VERIFIED_WITHIN_MS : NEVER_VERIFIED_AFTER_MS)) return null
  const facts = { ageMs, times: verifiedAt ? 1 : 0 }
  return aboutVault(vault, { code: 'vault_unverified', severity: 'warning', since, facts })
}
