/**
 * Once an hour, asks every vault how much lies in it and whether it is whole, and keeps what it said: for the customer's
 * page, for bills, and for the auditor. A vault names customers, servers and repositories by the ids that grants gave
 * them. What the portal does not know by these ids is somebody else's, and left out.
 */

import type { KeyObject } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@holdfast/database'
import { placeText } from '@holdfast/protocol'
import { VAULT_REPORT_PATH, type VaultReport, vaultReport } from '@holdfast/protocol/vault-management'
import type { LiveBus } from '#live/bus.ts'
import { storable } from '#log/foreign.ts'
import type { ProcessLog } from '#start/process-log.ts'
import { askVault, VaultRefused } from './connect.ts'
import { keepProblem, NO_PROBLEM } from './problem.ts'

const EVERY_MS = 60 * 60_000
/** After a start, others come first. */
const FIRST_AFTER_MS = 30_000
const REPORT_BYTES_MAX = 64 * 1024 * 1024
/** Counting reads every folder of a vault. */
const COUNTING_MS_MAX = 10 * 60_000

export type VaultReadings = { stop(): Promise<void> }

export type ReadingOptions = {
  readonly database: Database
  readonly vaultKey: KeyObject
  readonly live: LiveBus
  readonly processLog: ProcessLog
}

export function readVaultsRegularly(options: ReadingOptions): VaultReadings {
  const stopping = new AbortController()
  const { signal } = stopping
  const work = async () => {
    for (let waitMs = FIRST_AFTER_MS; ; waitMs = EVERY_MS) {
      await pause(waitMs, undefined, { signal, ref: false })
      await readVaults(options).catch((error: unknown) => {
        options.processLog.error({ err: error }, 'What vaults say could not be kept.')
      })
    }
  }
  const working = work().catch(() => undefined)
  return {
    async stop() {
      stopping.abort()
      await working
    },
  }
}

/** All vaults of the provider, one after the other. */
export async function readVaults({ database, vaultKey, live, processLog }: ReadingOptions): Promise<void> {
  const providerId = (await database.directory.portalProvider())?.id
  if (providerId === undefined) return
  const tenant = { providerId, customerId: null }
  const vaults = await database.forTenant(tenant, (tx) =>
    tx.vault.findMany({ where: { providerId }, select: { id: true, address: true, authority: true } }),
  )
  const month = new Date().toISOString().slice(0, 7)
  for (const { id, ...place } of vaults) {
    const at = new Date()
    try {
      const { value, certificateSha256 } = await askVault(place, vaultKey, {
        path: `${VAULT_REPORT_PATH}?month=${month}`,
        schema: vaultReport,
        bytesMax: REPORT_BYTES_MAX,
        silenceMsMax: COUNTING_MS_MAX,
      })
      await keep(database, providerId, id, value, at, certificateSha256)
      live.publish({ type: 'vault', providerId, customerId: null })
    } catch (error) {
      if (!(error instanceof VaultRefused)) throw error
      const { refusal } = error
      processLog.warn({ vaultId: id, code: refusal.code }, 'A vault could not be read.')
      await database.forTenant(tenant, (tx) => keepProblem(tx, { id, providerId }, refusal, at))
    }
  }
}

async function keep(
  database: Database,
  providerId: string,
  vaultId: string,
  { month, customers, verified }: VaultReport,
  at: Date,
  certificateSha256: string,
): Promise<void> {
  const stocks = customers.flatMap(({ customer, repositories }) =>
    repositories.map((one) => ({ customer, ...one })),
  )
  const traffic = customers.flatMap(({ customer, servers }) => servers.map((one) => ({ customer, ...one })))
  const damaged = verified?.damaged.map((one) => ({ ...one, found: storable(one.found, 500) })) ?? []
  const tenant = { providerId, customerId: null }
  await database.forTenantSql(tenant, async (sql) => {
    await sql.query({ ...STOCK, values: [JSON.stringify(stocks), at] })
    const location = placeText({ kind: 'vault', vaultId })
    await sql.query({ ...COUNTS, values: [JSON.stringify(stocks), at, location] })
    await sql.query({ ...OLD_COUNTS, values: [at] })
    await sql.query({ ...TRAFFIC, values: [JSON.stringify(traffic), vaultId, month] })
    await sql.query({ ...WHOLE_AGAIN, values: [JSON.stringify(damaged), vaultId] })
    const foundAt = verified === null ? at : new Date(verified.finishedAt)
    await sql.query({ ...DAMAGE, values: [JSON.stringify(damaged), vaultId, foundAt] })
  })
  await database.forTenant(tenant, (tx) =>
    tx.vault.updateMany({
      where: { id: vaultId },
      data: {
        ...{ lookedAt: at, reachedAt: at, ...NO_PROBLEM, certificateSha256 },
        ...(verified !== null && {
          verifiedAt: new Date(verified.finishedAt),
          verifiedBytes: verified.bytes,
          damagedTotal: Math.min(verified.damagedTotal, 2 ** 31 - 1),
        }),
      },
    }),
  )
}

// Ids are compared as texts: whoever made tokens by hand may have called things as he liked.

const STOCK = {
  name: 'vault_stock_keep',
  text: `
    INSERT INTO vault_stock (repository_id, provider_id, customer_id, server_id, bytes, trash_bytes, counted_at)
    SELECT repository.id, repository.provider_id, repository.customer_id, repository.server_id,
           told.bytes, told."trashBytes", $2
    FROM jsonb_to_recordset($1::jsonb) AS told (customer text, repository text, bytes bigint, "trashBytes" bigint)
    JOIN repository ON repository.id::text = told.repository AND repository.customer_id::text = told.customer
    ON CONFLICT (repository_id) DO UPDATE SET
      bytes = excluded.bytes, trash_bytes = excluded.trash_bytes, counted_at = excluded.counted_at`,
}

/** A repository that should be in this vault, and of which it says nothing, is not there: that is an amount as well. */
const COUNTS = {
  name: 'vault_counts_keep',
  text: `
    WITH counted AS (
      SELECT repository.id, repository.provider_id, repository.customer_id, repository.server_id,
             coalesce(told.bytes, 0) AS bytes
      FROM repository
      LEFT JOIN jsonb_to_recordset($1::jsonb) AS told (customer text, repository text, bytes bigint)
        ON told.repository = repository.id::text AND told.customer = repository.customer_id::text
      WHERE repository.kind = 'vault' AND repository.location = $3 AND repository.created_at < $2
    ), newest AS (
      SELECT counted.id, one.first_at, one.bytes
      FROM counted CROSS JOIN LATERAL (
        SELECT first_at, bytes FROM vault_count WHERE repository_id = counted.id ORDER BY first_at DESC LIMIT 1
      ) AS one
    ), same AS (
      UPDATE vault_count SET last_at = $2
      FROM newest JOIN counted ON counted.id = newest.id AND counted.bytes = newest.bytes
      WHERE vault_count.repository_id = newest.id AND vault_count.first_at = newest.first_at
      RETURNING vault_count.repository_id
    )
    INSERT INTO vault_count (repository_id, first_at, last_at, provider_id, customer_id, server_id, bytes)
    SELECT id, $2, $2, provider_id, customer_id, server_id, bytes FROM counted
    WHERE id NOT IN (SELECT repository_id FROM same)
    ON CONFLICT (repository_id, first_at) DO NOTHING`,
}

const OLD_COUNTS = {
  name: 'vault_counts_old',
  text: `DELETE FROM vault_count WHERE last_at < $1::timestamptz - interval '40 days'`,
}

const TRAFFIC = {
  name: 'vault_traffic_keep',
  text: `
    INSERT INTO vault_traffic
      (vault_id, server_id, month, provider_id, customer_id, bytes_in, bytes_out, requests)
    SELECT $2::uuid, server.id, $3, server.provider_id, server.customer_id, told."bytesIn", told."bytesOut", told.requests
    FROM jsonb_to_recordset($1::jsonb)
      AS told (customer text, server text, "bytesIn" bigint, "bytesOut" bigint, requests bigint)
    JOIN server ON server.id::text = told.server AND server.customer_id::text = told.customer
    ON CONFLICT (vault_id, server_id, month) DO UPDATE SET
      bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out, requests = excluded.requests`,
}

const TOLD_DAMAGE = `jsonb_to_recordset($1::jsonb)
      AS told (customer text, repository text, kind text, name text, "isInTrash" boolean, found text)`

/** What the newest reading does not name any more. */
const WHOLE_AGAIN = {
  name: 'vault_damage_over',
  text: `
    DELETE FROM vault_damage
    WHERE vault_id = $2::uuid AND NOT EXISTS (
      SELECT FROM ${TOLD_DAMAGE}
      WHERE told.repository = vault_damage.repository_id::text AND told.name = vault_damage.name
        AND told."isInTrash" = vault_damage.is_in_trash)`,
}

const DAMAGE = {
  name: 'vault_damage_keep',
  text: `
    INSERT INTO vault_damage
      (repository_id, kind, name, is_in_trash, provider_id, customer_id, server_id, vault_id, found, found_at)
    SELECT repository.id, told.kind, told.name, told."isInTrash", repository.provider_id, repository.customer_id,
           repository.server_id, $2::uuid, told.found, $3
    FROM ${TOLD_DAMAGE}
    JOIN repository ON repository.id::text = told.repository AND repository.customer_id::text = told.customer
    ON CONFLICT (repository_id, name, is_in_trash) DO UPDATE SET found = excluded.found`,
}
