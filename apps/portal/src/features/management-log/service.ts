/** The remote management log: every attempt, link change, command and change, with its reason. Newest first. */
import { REFUSALS } from '@holdfast/protocol'
import type { z } from 'zod'
import { LOG_EVENTS, logTitle } from '#log/events.ts'
import { fail } from '#trpc/failure.ts'
import { type Page, readTimeCursor, timeCursor, toPage } from '#trpc/inputs.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { LOG_KINDS, listInput } from './schema.ts'

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

export async function list(
  { sql, tenant }: Scope,
  input: z.output<typeof listInput>,
): Promise<Page<LogItem>> {
  const { cursor, limit, serverId, customerId, kinds, code, text } = input
  const after = cursor ? readTimeCursor(cursor) : null
  if (cursor && after === null) throw fail('invalid_input', 'cursor')
  const { rows } = await sql((tx) =>
    tx.query<Row>(
      `SELECT entry.id, entry.kind, entry.code, entry.subject, entry.actor, entry.detail, entry.address, entry.count,
              entry.first_at AS "firstAt", entry.last_at AS "lastAt",
              entry.customer_id AS "customerId", customer.name AS "customerName",
              entry.server_id AS "serverId", server.name AS "serverName"
       FROM management_log AS entry
       LEFT JOIN customer ON customer.id = entry.customer_id
       LEFT JOIN server ON server.id = entry.server_id
       WHERE entry.provider_id = $1
         AND ($2::timestamptz IS NULL OR (entry.last_at, entry.id) < ($2, $3::uuid))
         AND ($4::uuid IS NULL OR entry.server_id = $4)
         AND ($5::uuid IS NULL OR entry.customer_id = $5)
         AND (cardinality($6::text[]) = 0 OR entry.kind::text = ANY ($6))
         AND ($7::text IS NULL OR entry.code = $7)
         AND ($8 = '' OR entry.code = ANY ($9) OR strpos(lower(concat_ws(' ', entry.code, entry.subject, entry.actor,
              entry.detail, entry.address, customer.name, server.name)), lower($8)) > 0)
       ORDER BY entry.last_at DESC, entry.id DESC LIMIT $10`,
      [
        tenant.providerId,
        after?.at ?? null,
        after?.id ?? null,
        serverId ?? null,
        customerId ?? null,
        kinds,
        code ?? null,
        text,
        text === '' ? [] : codesTitledLike(text),
        limit + 1,
      ],
    ),
  )
  return toPage(
    rows,
    limit,
    ({ lastAt, id }) => timeCursor(lastAt, id),
    (row) => ({ ...row, title: logTitle(row.code) }),
  )
}

/** A search for the words that people see finds the entries that show them. */
function codesTitledLike(text: string): string[] {
  const wanted = text.toLowerCase()
  return [...Object.keys(REFUSALS), ...Object.keys(LOG_EVENTS)].filter((code) =>
    logTitle(code).toLowerCase().includes(wanted),
  )
}
