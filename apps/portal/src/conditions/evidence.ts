/**
 * What the auditor looks at: servers, their plans and the last runs of each, read in three statements however many
 * servers are asked about. Nothing here is an opinion yet; rules/ has those.
 *
 * Every time that an agent names has beside it the time at which the portal heard of it. `provenAt` is the one to reckon
 * with: an agent whose clock is wrong, or that lies, cannot make a backup look younger than the news of it.
 */
import type { TenantSql } from '@holdfast/database'
import { queryHealth } from '#health/rule.ts'

export type RunEvidence = {
  readonly id: string
  readonly planId: string
  readonly planRevision: number
  readonly repositoryId: string
  readonly state: 'running' | 'succeeded' | 'warning' | 'failed' | 'cancelled' | 'unknown'
  /** By the agent's clock. */
  readonly startedAt: Date
  readonly finishedAt: Date | null
  /** By the portal's. */
  readonly heardAt: Date
  readonly endHeardAt: Date | null
  readonly snapshotId: string
  readonly filesNew: number
  readonly filesChanged: number
  readonly filesUnmodified: number
  readonly bytesProcessed: number
  readonly bytesAdded: number
  /** Left out because the plan wants none that old. */
  readonly filesTooOld: number
  readonly bytesTooOld: number
  readonly unreadablePaths: readonly string[]
  readonly errorCode: string
  readonly errorDetail: string
  readonly snapshotsRemoved: number | null
  readonly snapshotsKept: number | null
  readonly bytesFreed: number | null
  readonly tidyCode: string
  /** What came of reading the repository back after it, where that went wrong. */
  readonly readCode: string | null
  /** Something was hashed at its source, for drills; or why not, where the agent says so. */
  readonly isSampled: boolean
  readonly unsampledCode: string | null
}

export type DrillEvidence = {
  readonly heardAt: Date
  readonly hasPassed: boolean
  readonly isSigned: boolean
  readonly isKnownKey: boolean
  readonly isKnownManifest: boolean
  readonly files: number
  readonly filesWrong: number
  readonly wrongPath: string | null
  /** Why it failed as a whole; empty where it did not. */
  readonly errorCode: string
}

export type PlanEvidence = {
  readonly id: string
  readonly serverId: string
  readonly name: string
  readonly repositoryId: string
  readonly repositoryName: string
  readonly repositoryState: 'creating' | 'ready' | 'failed'
  readonly repositoryCode: string
  readonly hasSchedule: boolean
  readonly hasRetention: boolean
  readonly scheduledAt: Date | null
  readonly overdueAfterMinutes: number | null
  readonly revision: number
  readonly agentRevision: number
  /** Since when it does not run by itself, because somebody said so. */
  readonly pausedAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
  /** As the plan says; null: none are wanted. */
  readonly drillEveryDays: number | null
  /** The newest one. */
  readonly drill: DrillEvidence | null
  /** The newest first. */
  readonly runs: readonly RunEvidence[]
}

export type ServerEvidence = {
  readonly id: string
  readonly customerId: string
  readonly siteId: string
  readonly createdAt: Date
  readonly online: boolean
  /** Since when it is online, or is not. */
  readonly changedAt: Date
  readonly hasConnected: boolean
  readonly capabilities: readonly string[]
  /** The agent's clock minus ours, at the last handshake. */
  readonly clockSkewMs: number
  /** Machines that claim to be this one, about which nobody has decided. */
  readonly copies: number
  readonly plans: readonly PlanEvidence[]
}

/** So many are enough to say what is usual for a plan, and few enough for ten thousand plans. */
const RUNS_OF_A_PLAN = 45

/** @param serverIds a few hundred at most: what is read is held in memory */
export async function readEvidence(sql: TenantSql, serverIds: readonly string[]): Promise<ServerEvidence[]> {
  const [{ rows: servers }, { rows: plans }, runs] = await Promise.all([
    sql.query<Omit<ServerEvidence, 'plans'>>(SERVERS, [serverIds]),
    sql.query<Omit<PlanEvidence, 'runs'>>(PLANS, [serverIds]),
    queryHealth<RunEvidence>(sql, RUNS, [serverIds]),
  ])
  const runsOf = Map.groupBy(runs, ({ planId }) => planId)
  const plansOf = Map.groupBy(plans, ({ serverId }) => serverId)
  return servers.map((server) => ({
    ...server,
    plans: (plansOf.get(server.id) ?? []).map(({ drill, ...plan }) => ({
      ...plan,
      drill: drill && { ...drill, heardAt: new Date(drill.heardAt) },
      runs: runsOf.get(plan.id) ?? [],
    })),
  }))
}

const SERVERS = `
  SELECT server.id, server.customer_id AS "customerId", server.site_id AS "siteId", server.created_at AS "createdAt",
         coalesce(presence.online, false) AS online,
         coalesce(presence.changed_at, server.created_at) AS "changedAt",
         coalesce(presence.offline_code, 'never_connected') <> 'never_connected' AS "hasConnected",
         coalesce(presence.capabilities, '{}') AS capabilities,
         coalesce(presence.clock_skew_ms, 0)::float8 AS "clockSkewMs",
         (SELECT count(*)::int FROM server_copy
          WHERE server_copy.server_id = server.id AND dismissed_at IS NULL AND chosen_at IS NULL
            AND became_server_id IS NULL) AS copies
  FROM server LEFT JOIN server_presence AS presence ON presence.server_id = server.id
  WHERE server.id = ANY($1::uuid[])`

const PLANS = `
  SELECT plan.id, plan.server_id AS "serverId", plan.name, plan.repository_id AS "repositoryId",
         repository.name AS "repositoryName", repository.state AS "repositoryState",
         repository.error_code AS "repositoryCode", plan.schedule IS NOT NULL AS "hasSchedule",
         plan.retention IS NOT NULL AS "hasRetention", plan.scheduled_at AS "scheduledAt",
         plan.overdue_after_minutes AS "overdueAfterMinutes", plan.revision, plan.agent_revision AS "agentRevision",
         (plan.options::jsonb -> 'drill' ->> 'everyDays')::int AS "drillEveryDays",
         (SELECT jsonb_build_object(
            'heardAt', drill.heard_at, 'hasPassed', drill.has_passed, 'isSigned', drill.is_signed,
            'isKnownKey', drill.is_known_key OR drill.public_key = server.agent_key,
            'isKnownManifest', drill.is_known_manifest, 'files', drill.files, 'filesWrong', drill.files_wrong,
            'wrongPath', left(drill.wrong_paths[1], 500), 'errorCode', drill.error_code)
          FROM drill WHERE drill.plan_id = plan.id ORDER BY drill.heard_at DESC LIMIT 1) AS drill,
         plan.paused_at AS "pausedAt", plan.created_at AS "createdAt", plan.updated_at AS "updatedAt"
  FROM plan JOIN repository ON repository.id = plan.repository_id JOIN server ON server.id = plan.server_id
  WHERE plan.server_id = ANY($1::uuid[]) AND plan.deleted_at IS NULL`

const RUNS = `
  SELECT run.id, run.plan_id AS "planId", run.plan_revision AS "planRevision", run.repository_id AS "repositoryId",
         run.state, run.started_at AS "startedAt", run.finished_at AS "finishedAt", run.heard_at AS "heardAt",
         run.end_heard_at AS "endHeardAt", run.snapshot_id AS "snapshotId",
         run.files_new::float8 AS "filesNew", run.files_changed::float8 AS "filesChanged",
         run.files_unmodified::float8 AS "filesUnmodified", run.bytes_processed::float8 AS "bytesProcessed",
         run.bytes_added::float8 AS "bytesAdded", coalesce(run.files_too_old, 0)::float8 AS "filesTooOld",
         coalesce(run.bytes_too_old, 0)::float8 AS "bytesTooOld", run.unreadable_paths AS "unreadablePaths",
         run.error_code AS "errorCode", left(run.error_detail, 500) AS "errorDetail",
         run.snapshots_removed AS "snapshotsRemoved", run.snapshots_kept AS "snapshotsKept",
         run.bytes_freed::float8 AS "bytesFreed", run.tidy_code AS "tidyCode",
         run.verified::jsonb ->> 'code' AS "readCode",
         run.manifest_digest <> '' AS "isSampled", run.unsampled::jsonb ->> 'code' AS "unsampledCode"
  FROM plan
  CROSS JOIN LATERAL (
    SELECT * FROM run WHERE run.plan_id = plan.id ORDER BY run.started_at DESC LIMIT ${RUNS_OF_A_PLAN}
  ) AS run
  WHERE plan.server_id = ANY($1::uuid[]) AND plan.deleted_at IS NULL
  ORDER BY run.plan_id, run.started_at DESC`

export const isGood = ({ state }: RunEvidence): boolean => state === 'succeeded' || state === 'warning'
export const isOver = ({ state }: RunEvidence): boolean => state !== 'running' && state !== 'cancelled'
export const filesOf = (run: RunEvidence): number => run.filesNew + run.filesChanged + run.filesUnmodified

/** What is at the source, as far as the plan cares: files leave the snapshot as they grow old, and are not lost by that. */
export const filesThere = (run: RunEvidence): number => filesOf(run) + run.filesTooOld
export const bytesThere = (run: RunEvidence): number => run.bytesProcessed + run.bytesTooOld

/**
 * When a run ended, as far as the portal can stand by it: never later than the news of it, and where the agent's clock
 * is behind, put right by as much.
 */
export function provenAt(run: RunEvidence, clockSkewMs: number): Date | null {
  const said = run.finishedAt?.getTime()
  if (said === undefined) return null
  const heard = (run.endHeardAt ?? run.heardAt).getTime()
  return new Date(Math.min(heard, Math.max(said, said - clockSkewMs)))
}
