/** The remote management log: every attempt, link change, command and change, with its reason. Newest first. */
import type { z } from 'zod'
import { logTitle } from '#log/events.ts'
import { recordChange } from '#log/record-change.ts'
import { fail } from '#trpc/failure.ts'
import { readTimeCursor, timeCursor } from '#trpc/inputs.ts'
import type { Scope } from '#trpc/procedures.ts'
import { type LogPlace, type LogQueryFilter, pageQuery, searchEndQuery } from './query.ts'
import type { LOG_KINDS, listInput, setRetentionInput } from './schema.ts'

type Row = {
  id: string
  kind: (typeof LOG_KINDS)[number]
  code: string
  /** The name that the other end claimed: foreign text, like `detail`. */
  subject: string
  actor: string
  detail: string
  address: string
  count: number
  firstAt: Date
  lastAt: Date
  customerId: string | null
  customerName: string | null
  serverId: string | null
  /** Null as well when the server has been removed since. */
  serverName: string | null
}

export type LogItem = Row & { readonly title: string }

export type LogPage = {
  readonly items: readonly LogItem[]
  readonly next: LogPlace | null
  /** How far back a search for words has looked by now; null when it has seen everything. */
  readonly searchedTo: Date | null
}

export async function readPage(
  { sql, tenant }: Pick<Scope, 'sql' | 'tenant'>,
  filter: LogQueryFilter,
  after: LogPlace | null,
  limit: number,
): Promise<LogPage> {
  const now = new Date()
  const { rows, end } = await sql(async (tx) => {
    const ended =
      filter.text === '' ? null : await tx.query<LogPlace>(searchEndQuery(tenant, filter, after, now))
    const end = ended?.rows[0] ?? null
    const page = pageQuery(tenant, filter, { after, limit: limit + 1, from: end, now })
    return { rows: (await tx.query<Row>(page)).rows, end }
  })
  const items = rows.slice(0, limit).map((row) => ({ ...row, title: logTitle(row.code) }))
  const last = items.at(-1)
  const isFull = rows.length > limit && last !== undefined
  return {
    items,
    next: isFull ? { at: last.lastAt, id: last.id } : end,
    searchedTo: isFull ? null : (end?.at ?? null),
  }
}

export async function list(scope: Scope, { cursor, limit, ...filter }: z.output<typeof listInput>) {
  const after = cursor ? readTimeCursor(cursor) : null
  if (cursor && after === null) throw fail('invalid_input', 'cursor')
  const { items, next, searchedTo } = await readPage(scope, filter, after, limit)
  return { items, nextCursor: next && timeCursor(next.at, next.id), searchedTo }
}

/** How long the log is kept. */
export async function retention({ db, tenant }: Scope): Promise<{ days: number }> {
  const provider = await db((tx) =>
    tx.provider.findUnique({ where: { id: tenant.providerId }, select: { logRetentionDays: true } }),
  )
  if (provider === null) throw fail('not_found')
  return { days: provider.logRetentionDays }
}

export async function setRetention(
  scope: Scope,
  { days }: z.output<typeof setRetentionInput>,
): Promise<void> {
  const { providerId } = scope.tenant
  await scope.db(async (tx) => {
    const where = { id: providerId }
    const before = await tx.provider.findUnique({ where, select: { logRetentionDays: true } })
    if (before === null) throw fail('not_found')
    if (before.logRetentionDays === days) return
    await tx.provider.update({ where, data: { logRetentionDays: days }, select: { id: true } })
    await recordChange(tx, scope.session, {
      code: 'log_retention_changed',
      customerId: null,
      subject: 'Remote management log',
      detail: `From ${before.logRetentionDays} to ${days} days`,
    })
  })
  scope.portal.live.publish({ type: 'log', providerId, customerId: null })
}
