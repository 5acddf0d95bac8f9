/**
 * What was found becomes rows: a condition that is new opens one, one that is open already stays the same row, one that
 * is over is cleared. One that comes back within the hour was never really over, and goes on in its row: what flaps
 * fills no table.
 */
import type { TenantSql } from '@holdfast/database'
import { v7 as uuidv7 } from 'uuid'
import { storableDeep } from '#log/foreign.ts'
import type { ConditionCode } from './codes.ts'
import type { Found } from './found.ts'

export type Scope = {
  /** Only what the rules that were asked can find is cleared when they do not find it. */
  readonly codes: readonly ConditionCode[]
  /** Null: of everything. */
  readonly serverIds: readonly string[] | null
}

export type Change = { readonly customerId: string | null; readonly serverId: string | null }

/** Gives whose conditions opened, ended or became worse or better. */
export async function store(
  sql: TenantSql,
  now: Date,
  found: readonly Found[],
  { codes, serverIds }: Scope,
): Promise<Change[]> {
  const rows = JSON.stringify(found.map((one) => ({ ...one, facts: storableDeep(one.facts), id: uuidv7() })))
  const [cleared, reopened, opened] = await Promise.all([
    sql.query<Change>(CLEAR, [rows, now, codes, serverIds]),
    sql.query<Change>(REOPEN, [rows, now]),
    sql.query<Change & { isNews: boolean }>(OPEN, [rows, now]),
  ])
  return [...cleared.rows, ...reopened.rows, ...opened.rows.filter(({ isNews }) => isNews)]
}

const FOUND = `
  jsonb_to_recordset($1::jsonb) AS found
    (id uuid, "customerId" uuid, "siteId" uuid, "serverId" uuid, "planId" uuid, "repositoryId" uuid, subject text,
     code text, severity text, since timestamptz, facts jsonb)`
const CHANGE = 'customer_id AS "customerId", server_id AS "serverId"'

const CLEAR = `
  UPDATE condition SET cleared_at = $2
  WHERE cleared_at IS NULL AND code = ANY($3::text[]) AND ($4::uuid[] IS NULL OR server_id = ANY($4::uuid[]))
    AND NOT EXISTS (SELECT FROM ${FOUND} WHERE found.subject = condition.subject AND found.code = condition.code)
  RETURNING ${CHANGE}`

const REOPEN = `
  UPDATE condition SET cleared_at = NULL
  WHERE id IN (
    SELECT DISTINCT ON (old.subject, old.code) old.id
    FROM ${FOUND} JOIN condition AS old ON old.subject = found.subject AND old.code = found.code
    WHERE old.cleared_at > $2::timestamptz - interval '1 hour'
      AND NOT EXISTS (SELECT FROM condition AS open
                      WHERE open.subject = old.subject AND open.code = old.code AND open.cleared_at IS NULL)
    ORDER BY old.subject, old.code, old.cleared_at DESC
  )
  RETURNING ${CHANGE}`

/** What is known for longer than it says keeps its begin; one that became worse than what somebody knew of is news again. */
const OPEN = `
  INSERT INTO condition (id, provider_id, customer_id, site_id, server_id, plan_id, repository_id, subject, code, severity,
                         facts, since, last_seen_at)
  SELECT found.id, tenant_provider_id(), found."customerId", found."siteId", found."serverId", found."planId",
         found."repositoryId", found.subject, found.code, found.severity::condition_severity, found.facts,
         least(found.since, $2::timestamptz), $2
  FROM ${FOUND}
  WHERE found."serverId" IS NULL OR EXISTS (SELECT FROM server WHERE server.id = found."serverId")
  ON CONFLICT (provider_id, subject, code) WHERE cleared_at IS NULL DO UPDATE SET
    facts = EXCLUDED.facts, last_seen_at = EXCLUDED.last_seen_at,
    severity = EXCLUDED.severity,
    known_until = CASE WHEN EXCLUDED.severity < condition.severity THEN NULL ELSE condition.known_until END
  RETURNING ${CHANGE}, xmax = 0 AS "isNews"`
