/**
 * The remote management log in SQL. A log of millions of rows must answer at once, so a page is one walk along an index:
 * each condition is there only when it is asked for, and the order is the index's own.
 *
 * No index finds words inside a text while row-level security stands before it (what compares is not leakproof). So a
 * search for words looks through a bounded number of entries at a time, from the newest on, and says how far it came.
 */
import type { Tenant } from '@holdfast/database'
import { REFUSALS } from '@holdfast/protocol'
import type { z } from 'zod'
import { LOG_EVENTS, logTitle } from '#log/events.ts'
import { type filterInput, LOG_WITHIN_HOURS } from './schema.ts'

export type LogQueryFilter = z.output<typeof filterInput>
/** A place between two entries. */
export type LogPlace = { readonly at: Date; readonly id: string }
type Query = { readonly text: string; readonly values: unknown[] }

/** Entries that one search for words looks through. */
export const SEARCHED_MAX = 20_000

const HOUR_MS = 3_600_000

/** What stands in WHERE, with its values in the order of their numbers. */
class Conditions {
  readonly #parts: string[] = []
  readonly values: unknown[] = []

  value(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  add(part: string): void {
    this.#parts.push(part)
  }

  get sql(): string {
    return this.#parts.join(' AND ')
  }
}

function conditionsOf(
  { providerId, customerId: own }: Tenant,
  filter: LogQueryFilter,
  after: LogPlace | null,
  now: Date,
): Conditions {
  const where = new Conditions()
  const equal = (column: string, value: unknown) => {
    if (value !== null && value !== undefined) where.add(`entry.${column} = ${where.value(value)}`)
  }
  equal('provider_id', providerId)
  // Row-level security says the same, but in a form that leads to no index.
  equal('customer_id', own)
  equal('customer_id', filter.customerId)
  equal('server_id', filter.serverId)
  equal('code', filter.code)
  const [kind, ...others] = filter.kinds
  if (kind !== undefined && others.length === 0)
    where.add(`entry.kind = ${where.value(kind)}::management_log_kind`)
  if (others.length > 0) where.add(`entry.kind = ANY (${where.value(filter.kinds)}::management_log_kind[])`)
  const from = filter.within
    ? new Date(now.getTime() - LOG_WITHIN_HOURS[filter.within] * HOUR_MS)
    : filter.from
  if (from) where.add(`entry.last_at >= ${where.value(from)}`)
  if (filter.to) where.add(`entry.last_at < ${where.value(filter.to)}`)
  if (after)
    where.add(`(entry.last_at, entry.id) < (${where.value(after.at)}, ${where.value(after.id)}::uuid)`)
  return where
}

const NEWEST_FIRST = 'ORDER BY entry.last_at DESC, entry.id DESC'

/** One page, newest first. @param from the place at which a search for words ends */
export function pageQuery(
  tenant: Tenant,
  filter: LogQueryFilter,
  { after, limit, from, now }: { after: LogPlace | null; limit: number; from?: LogPlace | null; now: Date },
): Query {
  const where = conditionsOf(tenant, filter, after, now)
  if (from) where.add(`(entry.last_at, entry.id) >= (${where.value(from.at)}, ${where.value(from.id)}::uuid)`)
  if (filter.text !== '') addWords(where, filter.text)
  const count = where.value(limit)
  const text = `
    SELECT entry.id, entry.kind, entry.code, entry.subject, entry.actor, entry.detail, entry.address, entry.count,
           entry.first_at AS "firstAt", entry.last_at AS "lastAt",
           entry.customer_id AS "customerId", customer.name AS "customerName",
           entry.server_id AS "serverId", server.name AS "serverName"
    FROM (SELECT * FROM management_log AS entry WHERE ${where.sql} ${NEWEST_FIRST} LIMIT ${count}) AS entry
    LEFT JOIN customer ON customer.id = entry.customer_id
    LEFT JOIN server ON server.id = entry.server_id
    ${NEWEST_FIRST}`
  return { text, values: where.values }
}

/** The last entry that one search looks at, if there are more than those. */
export function searchEndQuery(
  tenant: Tenant,
  filter: LogQueryFilter,
  after: LogPlace | null,
  now: Date,
): Query {
  const where = conditionsOf(tenant, filter, after, now)
  const text = `SELECT entry.last_at AS at, entry.id FROM management_log AS entry WHERE ${where.sql}
                ${NEWEST_FIRST} OFFSET ${SEARCHED_MAX - 1} LIMIT 1`
  return { text, values: where.values }
}

function addWords(where: Conditions, words: string): void {
  const wanted = `lower(${where.value(words)})`
  where.add(`(
    entry.code = ANY (${where.value(codesTitledLike(words))}::text[])
    OR strpos(lower(concat_ws(' ', entry.code, entry.subject, entry.actor, entry.detail, entry.address)), ${wanted}) > 0
    OR entry.customer_id IN (SELECT id FROM customer WHERE strpos(lower(name), ${wanted}) > 0)
    OR entry.server_id IN (SELECT id FROM server WHERE strpos(lower(name), ${wanted}) > 0))`)
}

/** A search for the words that people see finds the entries that show them. */
function codesTitledLike(text: string): string[] {
  const wanted = text.toLowerCase()
  return [...Object.keys(REFUSALS), ...Object.keys(LOG_EVENTS)].filter((code) =>
    logTitle(code).toLowerCase().includes(wanted),
  )
}
