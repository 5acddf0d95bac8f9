/**
 * What is known of repositories without asking their servers: what their vault counted in them, found damaged, and
 * whether anybody has read them back. Runs are here with the times between which they must have been at work.
 */
import type { TenantSql } from '@holdfast/database'

/** The vault counted so many bytes from `firstAt` to `lastAt`, each time that it was asked. */
export type Count = { readonly firstAt: Date; readonly lastAt: Date; readonly bytes: number }

export type StoredRun = {
  readonly state: 'running' | 'succeeded' | 'warning' | 'failed' | 'cancelled' | 'unknown'
  readonly startedAt: Date
  readonly heardAt: Date
  readonly endHeardAt: Date | null
  readonly bytesAdded: number
  /** It gave space back, or may have: nobody can say how far it came. */
  readonly mayHavePruned: boolean
}

/** Damage that a server found when it read a part of a repository back. */
export type ReadDamage = { readonly part: number; readonly parts: number; readonly heardAt: Date }
/** A part that was in order when it was read back. */
export type CleanRead = { readonly part: number; readonly parts: number }

export type StoredEvidence = {
  readonly serverId: string
  readonly repositoryId: string
  readonly repositoryName: string
  readonly isVaulted: boolean
  readonly createdAt: Date
  /** Of the newest good backup into it. */
  readonly usedAt: Date | null
  /** When its vault was last read in full, when its server last read a part of it, and when a drill restored from it. */
  readonly verifiedAt: Date | null
  readonly readAt: Date | null
  readonly triedAt: Date | null
  readonly damaged: number
  readonly damagedSince: Date | null
  /** The last that was found, and what was in order after that. */
  readonly readDamage: ReadDamage | null
  readonly cleanSince: readonly CleanRead[]
  /** The oldest first. Empty where no vault counts. */
  readonly counts: readonly Count[]
  /** Into it, the oldest first. */
  readonly runs: readonly StoredRun[]
}

/** Older than that is history. */
const KNOWN_MS = 10 * 86_400_000
/** A part is read now and then. */
const READ_WITHIN_MS = 100 * 86_400_000

export async function readStored(
  sql: TenantSql,
  serverIds: readonly string[],
  now: Date,
): Promise<StoredEvidence[]> {
  const since = new Date(now.getTime() - KNOWN_MS)
  const { rows } = await sql.query<Row>(REPOSITORIES, [serverIds, new Date(now.getTime() - READ_WITHIN_MS)])
  const isDamaged = rows.some(({ readDamage }) => readDamage !== null)
  const isVaulted = rows.some((row) => row.isVaulted)
  const clean = isDamaged ? await sql.query<CleanRead & OfRepository>(CLEAN_READS, [serverIds]) : NONE
  const counts = isVaulted ? await sql.query<Count & OfRepository>(COUNTS, [serverIds, since]) : NONE
  const runs = isVaulted ? await sql.query<StoredRun & OfRepository>(RUNS, [serverIds, since]) : NONE
  const cleanOf = Map.groupBy(clean.rows, ({ repositoryId }) => repositoryId)
  const countsOf = Map.groupBy(counts.rows, ({ repositoryId }) => repositoryId)
  const runsOf = Map.groupBy(runs.rows, ({ repositoryId }) => repositoryId)
  return rows.map(({ readDamage, ...row }) => ({
    ...row,
    readDamage: readDamage && { ...readDamage, heardAt: new Date(readDamage.heardAt) },
    cleanSince: cleanOf.get(row.repositoryId) ?? [],
    counts: countsOf.get(row.repositoryId) ?? [],
    runs: runsOf.get(row.repositoryId) ?? [],
  }))
}

type OfRepository = { readonly repositoryId: string }
type Row = Omit<StoredEvidence, 'counts' | 'runs' | 'cleanSince' | 'readDamage'> & {
  readonly readDamage: (Omit<ReadDamage, 'heardAt'> & { readonly heardAt: string }) | null
}
const NONE = { rows: [] }

const REPOSITORIES = `
  SELECT repository.server_id AS "serverId", repository.id AS "repositoryId", repository.name AS "repositoryName",
         repository.kind = 'vault' AS "isVaulted", repository.created_at AS "createdAt",
         (SELECT run.end_heard_at FROM run
          WHERE run.server_id = repository.server_id AND run.repository_id = repository.id
            AND run.state IN ('succeeded', 'warning')
          ORDER BY run.started_at DESC LIMIT 1) AS "usedAt",
         vault.verified_at AS "verifiedAt",
         (SELECT run.end_heard_at FROM run
          WHERE run.server_id = repository.server_id AND run.repository_id = repository.id AND run.started_at > $2
            AND run.verified IS NOT NULL AND run.verified::jsonb ->> 'code' IS NULL
          ORDER BY run.started_at DESC LIMIT 1) AS "readAt",
         (SELECT max(drill.heard_at) FROM drill
          WHERE drill.server_id = repository.server_id AND drill.repository_id = repository.id
            AND drill.has_passed AND drill.is_signed AND drill.is_known_manifest
            AND (drill.is_known_key OR drill.public_key = server.agent_key)) AS "triedAt",
         repository.read_damage::jsonb AS "readDamage",
         coalesce(damage.objects, 0)::int AS damaged, damage.since AS "damagedSince"
  FROM repository JOIN server ON server.id = repository.server_id
  LEFT JOIN vault ON repository.kind = 'vault'
    AND vault.id::text = CASE WHEN repository.kind = 'vault' THEN repository.place::jsonb ->> 'vaultId' END
  LEFT JOIN LATERAL (
    SELECT count(*) AS objects, min(found_at) AS since FROM vault_damage
    WHERE vault_damage.repository_id = repository.id AND NOT is_in_trash
  ) AS damage ON true
  WHERE repository.server_id = ANY($1::uuid[])`

/** Only of those in which damage was ever found. */
const CLEAN_READS = `
  SELECT DISTINCT run.repository_id AS "repositoryId", (run.verified::jsonb ->> 'part')::int AS part,
         (run.verified::jsonb ->> 'parts')::int AS parts
  FROM repository
  JOIN run ON run.server_id = repository.server_id AND run.repository_id = repository.id
    AND run.started_at > (repository.read_damage::jsonb ->> 'startedAt')::timestamptz
  WHERE repository.server_id = ANY($1::uuid[]) AND repository.read_damage IS NOT NULL
    AND run.verified IS NOT NULL AND run.verified::jsonb ->> 'code' IS NULL`

const COUNTS = `
  SELECT repository_id AS "repositoryId", first_at AS "firstAt", last_at AS "lastAt", bytes::float8 AS bytes
  FROM vault_count WHERE server_id = ANY($1::uuid[]) AND last_at > $2
  ORDER BY repository_id, first_at`

const RUNS = `
  SELECT run.repository_id AS "repositoryId", run.state, run.started_at AS "startedAt", run.heard_at AS "heardAt",
         run.end_heard_at AS "endHeardAt", run.bytes_added::float8 AS "bytesAdded",
         (run.bytes_freed IS NOT NULL OR run.tidy_code <> '' OR run.state IN ('running', 'unknown')) AS "mayHavePruned"
  FROM run JOIN repository ON repository.id = run.repository_id
  WHERE run.server_id = ANY($1::uuid[]) AND repository.kind = 'vault'
    AND (run.started_at > $2 OR run.heard_at > $2)
  ORDER BY run.repository_id, run.heard_at`
