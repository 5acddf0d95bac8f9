/** The overview: how many servers are protected, and which are not, worst first. */
import type { z } from 'zod'
import { BY_WORST_FIRST, type Health, queryHealth, SERVER_HEALTH } from '#health/rule.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { notProtectedInput } from './schema.ts'

export async function summary({ sql }: Scope) {
  const rows = await sql((tx) =>
    queryHealth<{ health: Health; servers: number }>(
      tx,
      `SELECT health, count(*)::int AS servers FROM (${SERVER_HEALTH}) AS server_health GROUP BY health`,
    ),
  )
  const counts: Record<Health, number> = {
    failing: 0,
    warning: 0,
    offline: 0,
    never_ran: 0,
    running: 0,
    protected: 0,
  }
  for (const { health, servers } of rows) counts[health] = servers
  const total = rows.reduce((sum, { servers }) => sum + servers, 0)
  return { counts, total, notProtected: total - counts.protected - counts.running }
}

type NotProtectedRow = {
  serverId: string
  name: string
  customerId: string
  customerName: string
  customerHandle: string
  siteId: string
  siteName: string
  health: Health
  reason: string
  since: Date | null
  lastBackupAt: Date | null
}

/** The order changes as servers come and go, so a page is a place in the list and not a row to go on from. */
export async function notProtected({ sql }: Scope, input: z.output<typeof notProtectedInput>) {
  const from = input.cursor ?? 0
  const rows = await sql((tx) =>
    queryHealth<NotProtectedRow>(
      tx,
      `SELECT server_id AS "serverId", server_health.name, customer.id AS "customerId", customer.name AS "customerName",
              customer.handle AS "customerHandle", site.id AS "siteId", site.name AS "siteName",
              health, reason, since, last_backup_at AS "lastBackupAt"
       FROM (${SERVER_HEALTH}) AS server_health
       JOIN site ON site.id = server_health.site_id
       JOIN customer ON customer.id = server_health.customer_id
       WHERE health NOT IN ('protected', 'running')
       ORDER BY ${BY_WORST_FIRST} OFFSET $1 LIMIT $2`,
      [from, input.limit + 1],
    ),
  )
  const items = rows.slice(0, input.limit)
  return { items, nextCursor: rows.length > input.limit ? from + input.limit : null }
}
