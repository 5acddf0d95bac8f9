/** What the auditor found (src/conditions), as people see it: worst first, and each as a sentence. */
import type { ConditionSeverity } from '@holdfast/database'
import type { z } from 'zod'
import { inWords } from '#conditions/codes.ts'
import { storable } from '#log/foreign.ts'
import { recordChange } from '#log/record-change.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { listInput, setKnownInput } from './schema.ts'

type Row = {
  id: string
  code: string
  severity: ConditionSeverity
  facts: unknown
  since: Date
  lastSeenAt: Date
  clearedAt: Date | null
  knownUntil: Date | null
  knownBy: string
  knownNote: string
  serverId: string | null
  serverName: string | null
  siteId: string | null
  siteName: string | null
  customerId: string | null
  customerName: string | null
}

const COLUMNS = `
  condition.id, condition.code, condition.severity, condition.facts, condition.since,
  condition.last_seen_at AS "lastSeenAt", condition.cleared_at AS "clearedAt", condition.known_until AS "knownUntil",
  condition.known_by AS "knownBy", condition.known_note AS "knownNote", condition.server_id AS "serverId",
  server.name AS "serverName", condition.site_id AS "siteId", site.name AS "siteName",
  condition.customer_id AS "customerId", customer.name AS "customerName"`

const JOINED = `
  condition
  LEFT JOIN server ON server.id = condition.server_id
  LEFT JOIN site ON site.id = condition.site_id
  LEFT JOIN customer ON customer.id = condition.customer_id`

const IS_KNOWN = 'coalesce(condition.known_until > now(), false)'

const STATES: Record<z.output<typeof listInput>['state'], { where: string; order: string }> = {
  open: {
    where: `condition.cleared_at IS NULL AND NOT ${IS_KNOWN}`,
    order: 'condition.severity, condition.since DESC, condition.id DESC',
  },
  known: {
    where: `condition.cleared_at IS NULL AND ${IS_KNOWN}`,
    order: 'condition.severity, condition.since DESC, condition.id DESC',
  },
  cleared: {
    where: 'condition.cleared_at IS NOT NULL',
    order: 'condition.cleared_at DESC, condition.id DESC',
  },
}

export async function list({ db, sql, tenant }: Scope, input: z.output<typeof listInput>) {
  const { state, serverId = null, customerId = null, severity = null, limit } = input
  await db(async (tx) => {
    const { providerId } = tenant
    if (serverId && (await tx.server.count({ where: { id: serverId, providerId } })) === 0)
      throw fail('not_found')
    if (customerId && (await tx.customer.count({ where: { id: customerId, providerId } })) === 0)
      throw fail('not_found')
  })
  const from = input.cursor ?? 0
  const { where, order } = STATES[state]
  const rows = await sql(async (tx) => {
    const { rows } = await tx.query<Row>(
      `SELECT ${COLUMNS} FROM ${JOINED}
       WHERE ${where} AND ($1::uuid IS NULL OR condition.server_id = $1)
         AND ($2::uuid IS NULL OR condition.customer_id = $2)
         AND ($3::text IS NULL OR condition.severity = $3::condition_severity)
       ORDER BY ${order} OFFSET $4 LIMIT $5`,
      [serverId, customerId, severity, from, limit + 1],
    )
    return rows
  })
  const items = rows.slice(0, limit).map(({ facts, ...row }) => ({ ...row, ...inWords(row.code, facts) }))
  return { items, nextCursor: rows.length > limit ? from + limit : null }
}
export type ConditionItem = Awaited<ReturnType<typeof list>>['items'][number]

export async function summary({ sql }: Scope) {
  const rows = await sql(async (tx) => {
    const { rows } = await tx.query<{ code: string; severity: ConditionSeverity; count: number }>(
      `SELECT code, severity, count(*)::int AS count FROM condition
       WHERE cleared_at IS NULL AND NOT ${IS_KNOWN}
       GROUP BY code, severity ORDER BY severity, count(*) DESC, code`,
    )
    return rows
  })
  const counts: Record<ConditionSeverity, number> = { critical: 0, warning: 0, notice: 0 }
  for (const { severity, count } of rows) counts[severity] += count
  const worst = rows.find(({ severity }) => severity !== 'notice')?.severity
  const named = rows
    .filter(({ severity }) => severity === worst)
    .slice(0, 3)
    .map(({ code, count }) => ({ code, count, title: inWords(code, {}).title }))
  return { counts, worst: named }
}

export async function setKnown(scope: Scope, { conditionId, days, note }: z.output<typeof setKnownInput>) {
  const { db, tenant, session, portal } = scope
  const { providerId } = tenant
  const knownUntil = days === 0 ? null : new Date(Date.now() + days * 86_400_000)
  const condition = await db(async (tx) => {
    const found = await tx.condition.findFirst({
      where: { id: conditionId, providerId, clearedAt: null },
      select: { customerId: true, serverId: true, code: true, server: { select: { name: true } } },
    })
    if (found === null) throw fail('not_found')
    const known = { knownUntil, knownBy: storable(session.name, 200), knownNote: storable(note, 500) }
    await tx.condition.update({ where: { id: conditionId }, data: known, select: { id: true } })
    const { customerId, serverId, code, server } = found
    const { title } = inWords(code, {})
    await recordChange(tx, session, {
      code: days === 0 ? 'condition_not_known' : 'condition_known',
      customerId,
      ...(serverId === null ? {} : { serverId }),
      subject: server?.name ?? title,
      detail: [title, days === 0 ? '' : `for ${days} d`, note].filter((part) => part !== '').join(' · '),
    })
    return found
  })
  const { customerId, serverId } = condition
  portal.live.publish({ type: 'condition', providerId, customerId, serverId })
  portal.live.publish({ type: 'log', providerId, customerId })
}
