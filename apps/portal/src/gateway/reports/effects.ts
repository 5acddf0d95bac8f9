/**
 * What facts do to the database: one statement for each kind of fact, however many servers and facts a batch holds.
 *
 * Every statement joins on the server that reported, so a fact about another server's run, plan, repository or command
 * finds nothing and changes nothing; so does one about something that has been removed. All of them run in the
 * transaction that also moves the cursors (intake.ts).
 */
import type { TenantSql } from '@holdfast/database'
import { z } from 'zod'
import { MOVE_COMMANDS, MOVES_AS_COLUMNS } from '#commands/moves-in-sql.ts'
import { HOLD_PLANS } from '#commands/plans-in-sql.ts'
import type { LiveEvent } from '#live/events.ts'
import { type Reported, toRows } from './fact-rows.ts'

const owned = { providerId: z.uuid(), customerId: z.uuid(), serverId: z.uuid() }
const changedRun = z.object({ ...owned, runId: z.uuid() })
const changedCommand = z.object({ ...owned, commandId: z.uuid() })
const changedRepository = z.object({ ...owned, repositoryId: z.uuid() })
const changedPlans = z.object(owned)
const changedDrill = z.object(owned)
const changedRecovery = z.object({ providerId: z.uuid(), customerId: z.uuid() })
const changedRestore = z.object({ ...owned, restoreId: z.uuid() })

/** Applies the facts and gives the news for the console. The transaction is the caller's. */
export async function applyFacts(sql: TenantSql, reported: readonly Reported[]): Promise<LiveEvent[]> {
  const rows = toRows(reported)
  const held = [...rows.plansHeld].flatMap(([serverId, plans]) =>
    plans.map((plan) => ({ serverId, ...plan })),
  )
  const ask = async <T>(
    isWanted: boolean,
    statement: { name: string; text: string },
    values: unknown[],
    row: z.ZodType<T>,
  ) => (isWanted ? z.array(row).parse((await sql.query({ ...statement, values })).rows) : [])
  const json = JSON.stringify
  const ended = rows.runFinished.map(({ serverId, runId }) => ({ serverId, runId }))

  // Given together they travel together. PostgreSQL runs them in this order: a run starts before it finishes. If one
  // fails, so do all after it, for no reason of their own; all wait alike, so the first of them is the one that is heard.
  const damaged = rows.runFinished.filter(({ damagedPart }) => damagedPart !== null)
  const recipients = [...rows.recoveryHeld].map(([serverId, recipient]) => ({ serverId, recipient }))
  const [started, finished, commands, repositories, plans, recipientsHeld, seals, restores, drills] =
    await Promise.all([
      ask(rows.runStarted.length > 0, START_RUNS, [json(rows.runStarted), json(ended)], changedRun),
      ask(rows.runFinished.length > 0, FINISH_RUNS, [json(rows.runFinished)], changedRun),
      ask(
        rows.commandChanged.length > 0,
        MOVE_COMMANDS,
        [json(rows.commandChanged), MOVES_AS_COLUMNS.from, MOVES_AS_COLUMNS.to],
        changedCommand,
      ),
      ask(
        rows.repositoryChanged.length > 0,
        CHANGE_REPOSITORIES,
        [json(rows.repositoryChanged)],
        changedRepository,
      ),
      ask(rows.plansHeld.size > 0, HOLD_PLANS, [[...rows.plansHeld.keys()], json(held)], changedPlans),
      ask(recipients.length > 0, HOLD_RECIPIENTS, [json(recipients)], changedRecovery),
      ask(rows.repositorySealed.length > 0, KEEP_SEALS, [json(rows.repositorySealed)], changedRecovery),
      ask(rows.restoreFinished.length > 0, FINISH_RESTORES, [json(rows.restoreFinished)], changedRestore),
      ask(rows.drillFinished.length > 0, KEEP_DRILLS, [json(rows.drillFinished)], changedDrill),
      ask(damaged.length > 0, KEEP_DAMAGE, [json(damaged)], z.unknown()),
    ])
  return [
    ...[...started, ...finished].map((run) => ({ type: 'run' as const, ...run })),
    ...commands.map((command) => ({ type: 'command' as const, ...command })),
    ...commands.map(({ providerId, customerId }) => ({ type: 'log' as const, providerId, customerId })),
    ...repositories.map((repository) => ({ type: 'repository' as const, ...repository })),
    ...plans.map((plan) => ({ type: 'plan' as const, ...plan })),
    ...drills.map((drill) => ({ type: 'drill' as const, ...drill })),
    ...[...recipientsHeld, ...seals].map((whose) => ({ type: 'recovery' as const, ...whose })),
    ...restores.map((restore) => ({ type: 'restore' as const, ...restore })),
  ]
}

/** All columns of a row that tell the console whose it is. */
const whose = (table: string): string =>
  `${table}.provider_id AS "providerId", ${table}.customer_id AS "customerId", ${table}.server_id AS "serverId"`

/**
 * A server that says of so many runs that they go on says nothing true about any further one: an agent runs one a
 * repository. What began and ended while it was offline comes together, and is no run that goes on.
 */
const RUNNING_MAX = 50

/** A revision that the plan never had is not believed. $2: the ends that are reported with them. */
const START_RUNS = {
  name: 'reports_start_runs',
  text: `
    INSERT INTO run
      (id, provider_id, customer_id, server_id, plan_id, repository_id, command_id, plan_revision, why, state,
       started_at)
    SELECT fact."runId", plan.provider_id, plan.customer_id, plan.server_id, plan.id, repository.id, command.id,
           least(fact."planRevision", plan.revision), fact.why::run_reason, 'running', fact."startedAt"
    FROM (
      SELECT said.*, ended."runId" IS NOT NULL AS is_over, count(*) FILTER (WHERE ended."runId" IS NULL)
        OVER (PARTITION BY said."serverId" ORDER BY said.sequence ROWS UNBOUNDED PRECEDING) AS nth
      FROM jsonb_to_recordset($1::jsonb) AS said
        ("serverId" uuid, sequence bigint, "runId" uuid, "planId" uuid, "planRevision" bigint, "repositoryId" uuid,
         "commandId" uuid, why text, "startedAt" timestamptz)
      LEFT JOIN (
        SELECT DISTINCT "serverId", "runId" FROM jsonb_to_recordset($2::jsonb) AS end_of ("serverId" uuid, "runId" uuid)
      ) AS ended ON ended."serverId" = said."serverId" AND ended."runId" = said."runId"
    ) AS fact
    JOIN plan ON plan.id = fact."planId" AND plan.server_id = fact."serverId"
    JOIN repository ON repository.id = fact."repositoryId" AND repository.server_id = fact."serverId"
    LEFT JOIN command ON command.id = fact."commandId" AND command.server_id = fact."serverId"
    WHERE fact.is_over OR fact.nth + (
      SELECT count(*) FROM run AS going WHERE going.server_id = fact."serverId" AND going.state = 'running'
    ) <= ${RUNNING_MAX}
    ON CONFLICT (id) DO NOTHING
    RETURNING id AS "runId", ${whose('run')}`,
}

/** An end is said once; only what was cut in the middle may turn out to have ended after all. */
const FINISH_RUNS = {
  name: 'reports_finish_runs',
  text: `
    UPDATE run SET
      state = fact.outcome::run_state, finished_at = fact."finishedAt", end_heard_at = now(), snapshot_id = coalesce(fact."snapshotId", ''),
      files_new = coalesce(fact."filesNew", 0), files_changed = coalesce(fact."filesChanged", 0),
      files_unmodified = coalesce(fact."filesUnmodified", 0), bytes_processed = coalesce(fact."bytesProcessed", 0),
      bytes_added = coalesce(fact."bytesAdded", 0), files_too_old = fact."filesTooOld",
      bytes_too_old = fact."bytesTooOld", files_unreadable = coalesce(fact."filesUnreadable", 0),
      unreadable_paths = ARRAY(SELECT jsonb_array_elements_text(fact."unreadablePaths")),
      error_code = coalesce(fact.code, ''), error_detail = fact.detail,
      snapshots_removed = fact."snapshotsRemoved", snapshots_kept = fact."snapshotsKept",
      bytes_freed = fact."bytesFreed", tidy_code = coalesce(fact."tidyCode", ''), tidy_detail = fact."tidyDetail",
      dumps = fact.dumps, hooks = fact.hooks, verified = fact.verified, manifest_digest = fact."manifestDigest",
      unsampled = fact.unsampled
    FROM (
      SELECT DISTINCT ON ("serverId", "runId") * FROM jsonb_to_recordset($1::jsonb) AS said
        ("serverId" uuid, sequence bigint, "runId" uuid, outcome text, "finishedAt" timestamptz, "snapshotId" text,
         "filesNew" bigint, "filesChanged" bigint, "filesUnmodified" bigint, "bytesProcessed" bigint,
         "bytesAdded" bigint, "filesTooOld" bigint, "bytesTooOld" bigint, "filesUnreadable" bigint,
         "unreadablePaths" jsonb, code text, detail text,
         "snapshotsRemoved" int, "snapshotsKept" int, "bytesFreed" bigint, "tidyCode" text, "tidyDetail" text, dumps text,
         hooks text, verified text, "manifestDigest" text, unsampled text)
      ORDER BY "serverId", "runId", sequence
    ) AS fact
    WHERE run.id = fact."runId" AND run.server_id = fact."serverId" AND run.state IN ('running', 'unknown')
    RETURNING run.id AS "runId", ${whose('run')}`,
}

/** The newest counts. That a run was read back, and what came of it, the run itself keeps. */
const KEEP_DAMAGE = {
  name: 'reports_keep_damage',
  text: `
    UPDATE repository SET read_damage = jsonb_build_object(
      'part', newest.part, 'parts', newest.parts, 'startedAt', newest.started_at, 'heardAt', now())::text
    FROM (
      SELECT DISTINCT ON (run.repository_id) run.repository_id, run.server_id, run.started_at,
             fact."damagedPart" AS part, fact."damagedParts" AS parts
      FROM jsonb_to_recordset($1::jsonb) AS fact
        ("serverId" uuid, sequence bigint, "runId" uuid, "damagedPart" int, "damagedParts" int)
      JOIN run ON run.id = fact."runId" AND run.server_id = fact."serverId"
      ORDER BY run.repository_id, fact.sequence DESC
    ) AS newest
    WHERE repository.id = newest.repository_id AND repository.server_id = newest.server_id`,
}

const CHANGE_REPOSITORIES = {
  name: 'reports_change_repositories',
  text: `
    UPDATE repository SET state = fact.state::repository_state, error_code = coalesce(fact.code, ''),
      credentials_at = CASE WHEN fact."saysCredentials" THEN fact."credentialsAt" ELSE repository.credentials_at END
    FROM (
      SELECT DISTINCT ON ("serverId", "repositoryId") * FROM jsonb_to_recordset($1::jsonb) AS said
        ("serverId" uuid, sequence bigint, "repositoryId" uuid, state text, code text, "saysCredentials" boolean,
         "credentialsAt" timestamptz)
      ORDER BY "serverId", "repositoryId", sequence DESC
    ) AS fact
    WHERE repository.id = fact."repositoryId" AND repository.server_id = fact."serverId"
    RETURNING repository.id AS "repositoryId", ${whose('repository')}`,
}

const HOLD_RECIPIENTS = {
  name: 'reports_hold_recipients',
  text: `
    UPDATE server SET recovery_recipient = fact.recipient
    FROM jsonb_to_recordset($1::jsonb) AS fact ("serverId" uuid, recipient text)
    WHERE server.id = fact."serverId" AND server.recovery_recipient <> fact.recipient
    RETURNING server.provider_id AS "providerId", server.customer_id AS "customerId"`,
}

/** One a repository: what its agent has sealed anew takes the place of what it had sealed before. */
const KEEP_SEALS = {
  name: 'reports_keep_seals',
  text: `
    INSERT INTO sealed_key (repository_id, provider_id, customer_id, server_id, recipient, sealed)
    SELECT repository.id, repository.provider_id, repository.customer_id, repository.server_id, fact.recipient, fact.sealed
    FROM (
      SELECT DISTINCT ON ("serverId", "repositoryId") * FROM jsonb_to_recordset($1::jsonb) AS said
        ("serverId" uuid, sequence bigint, "repositoryId" uuid, recipient text, sealed text)
      ORDER BY "serverId", "repositoryId", sequence DESC
    ) AS fact
    JOIN repository ON repository.id = fact."repositoryId" AND repository.server_id = fact."serverId"
    ON CONFLICT (repository_id) DO UPDATE SET
      recipient = excluded.recipient, sealed = excluded.sealed, sealed_at = now()
    RETURNING provider_id AS "providerId", customer_id AS "customerId"`,
}

/** Only what was asked of this very server, and as a restore, comes to anything. Only `unknown` may be told better later. */
const FINISH_RESTORES = {
  name: 'reports_finish_restores',
  text: `
    INSERT INTO restore
      (id, provider_id, customer_id, server_id, state, started_at, finished_at, counts, items, error_code, error_detail)
    SELECT command.id, command.provider_id, command.customer_id, command.server_id, fact.outcome::run_state,
           fact."startedAt", fact."finishedAt", fact.counts, fact.items, coalesce(fact.code, ''), fact.detail
    FROM (
      SELECT DISTINCT ON ("serverId", "restoreId") * FROM jsonb_to_recordset($1::jsonb) AS said
        ("serverId" uuid, sequence bigint, "restoreId" uuid, outcome text, "startedAt" timestamptz,
         "finishedAt" timestamptz, counts text, items text, code text, detail text)
      ORDER BY "serverId", "restoreId", sequence DESC
    ) AS fact
    JOIN command ON command.id = fact."restoreId" AND command.server_id = fact."serverId" AND command.kind = 'restore'
    ON CONFLICT (id) DO UPDATE SET
      state = excluded.state, finished_at = excluded.finished_at, counts = excluded.counts, items = excluded.items,
      error_code = excluded.error_code, error_detail = excluded.error_detail
      WHERE restore.state = 'unknown'
    RETURNING restore.id AS "restoreId", ${whose('restore')}`,
}

/**
 * A drill is compared with what the backup of its snapshot said at its time: a manifest that nobody had heard of could
 * have been made to fit. And it counts only what the agent signed by the key that it is known by. What it says of its
 * machine is written later than its reports may come, so a first drill may be where that key is first shown.
 */
const KEEP_DRILLS = {
  name: 'reports_keep_drills',
  text: `
    WITH shown AS (
      SELECT DISTINCT ON ("serverId") "serverId", "publicKey"
      FROM jsonb_to_recordset($1::jsonb) AS said
        ("serverId" uuid, sequence bigint, "publicKey" text, "isSigned" boolean)
      WHERE "isSigned"
      ORDER BY "serverId", sequence
    ), pinned AS (
      UPDATE server SET agent_key = shown."publicKey"
      FROM shown WHERE server.id = shown."serverId" AND server.agent_key = ''
      RETURNING server.id, server.agent_key
    )
    INSERT INTO drill
      (id, provider_id, customer_id, server_id, plan_id, repository_id, snapshot_id, started_at, finished_at, has_passed,
       files, files_wrong, bytes, wrong_paths, error_code, error_detail, manifest_digest, is_known_manifest, signed_text,
       public_key, signature, is_signed, is_known_key)
    SELECT fact."drillId", plan.provider_id, plan.customer_id, plan.server_id, plan.id, repository.id, fact."snapshotId",
           fact."startedAt", fact."finishedAt", fact."hasPassed", fact.files, fact."filesWrong", fact.bytes,
           ARRAY(SELECT jsonb_array_elements_text(fact."wrongPaths")), coalesce(fact.code, ''), fact.detail,
           fact.manifest,
           EXISTS (SELECT FROM run WHERE run.plan_id = plan.id AND run.server_id = plan.server_id
                   AND run.snapshot_id = fact."snapshotId" AND run.manifest_digest = fact.manifest),
           fact."signedText", fact."publicKey", fact.signature, fact."isSigned",
           fact."publicKey" = coalesce(pinned.agent_key, server.agent_key)
    FROM jsonb_to_recordset($1::jsonb) AS fact
      ("serverId" uuid, sequence bigint, "drillId" uuid, "planId" uuid, "repositoryId" uuid, "snapshotId" text,
       "startedAt" timestamptz, "finishedAt" timestamptz, "hasPassed" boolean, files bigint, "filesWrong" bigint,
       bytes bigint, "wrongPaths" jsonb, code text, detail text, manifest text, "signedText" text, "publicKey" text,
       signature text, "isSigned" boolean)
    JOIN plan ON plan.id = fact."planId" AND plan.server_id = fact."serverId"
    JOIN repository ON repository.id = fact."repositoryId" AND repository.server_id = fact."serverId"
    JOIN server ON server.id = fact."serverId"
    LEFT JOIN pinned ON pinned.id = server.id
    ON CONFLICT (id) DO NOTHING
    RETURNING ${whose('drill')}`,
}
