/** Customers: tenants of the provider. */
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { type Health, queryHealth, SERVER_HEALTH } from '#health/rule.ts'
import { recordChange } from '#log/record-change.ts'
import { unlessTaken } from '#trpc/conflicts.ts'
import { fail } from '#trpc/failure.ts'
import { type Page, toPage } from '#trpc/inputs.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { createInput, getInput, listInput, renameInput } from './schema.ts'

type ListRow = {
  id: string
  name: string
  handle: string
  servers: number
  notProtected: number
  key: string
}
export type CustomerListItem = Omit<ListRow, 'key'>

const cursorParts = z.tuple([z.string(), z.uuid()])

/** By name. The cursor is the last name and id of the page before. */
export async function list(
  { sql }: Scope,
  { cursor, limit, text }: z.output<typeof listInput>,
): Promise<Page<CustomerListItem>> {
  const [afterName, afterId] = readCursor(cursor)
  const rows = await sql((tx) =>
    queryHealth<ListRow>(
      tx,
      `SELECT customer.id, customer.name, customer.handle, lower(customer.name) AS key,
              count(server_health.server_id)::int AS servers,
              (count(*) FILTER (WHERE server_health.health NOT IN ('protected', 'running')))::int AS "notProtected"
       FROM (
         SELECT id, name, handle FROM customer
         WHERE ($1::text IS NULL OR (lower(name), id) > ($1, $2::uuid))
           AND ($3 = '' OR strpos(lower(name), lower($3)) > 0 OR strpos(handle, lower($3)) > 0)
         ORDER BY lower(name), id LIMIT $4
       ) AS customer
       LEFT JOIN (${SERVER_HEALTH}) AS server_health ON server_health.customer_id = customer.id
       GROUP BY customer.id, customer.name, customer.handle
       ORDER BY lower(customer.name), customer.id`,
      [afterName, afterId, text, limit + 1],
    ),
  )
  return toPage(
    rows,
    limit,
    ({ key, id }) => JSON.stringify([key, id]),
    ({ key: _, ...item }) => item,
  )
}

function readCursor(cursor: string | null | undefined): readonly [string, string] | readonly [null, null] {
  if (!cursor) return [null, null]
  try {
    return cursorParts.parse(JSON.parse(cursor))
  } catch {
    throw fail('invalid_input', 'cursor')
  }
}

export async function get({ db, sql, tenant }: Scope, { customerId }: z.output<typeof getInput>) {
  const customer = await db((tx) =>
    tx.customer.findFirst({
      where: { id: customerId, providerId: tenant.providerId },
      select: {
        id: true,
        name: true,
        handle: true,
        createdAt: true,
        sites: {
          select: { id: true, name: true, timeZone: true },
          orderBy: [{ name: 'asc' }, { id: 'asc' }],
        },
      },
    }),
  )
  if (customer === null) throw fail('not_found')
  const servers = await sql((tx) =>
    queryHealth<ServerRow>(
      tx,
      `SELECT server_id AS id, name, site_id AS "siteId", health, reason, since, last_backup_at AS "lastBackupAt"
       FROM (${SERVER_HEALTH}) AS server_health WHERE customer_id = $1 ORDER BY name`,
      [customerId],
    ),
  )
  return { ...customer, servers }
}

type ServerRow = {
  id: string
  name: string
  siteId: string
  health: Health
  reason: string
  since: Date | null
  lastBackupAt: Date | null
}

export async function create(scope: Scope, input: z.output<typeof createInput>) {
  const { providerId } = scope.tenant
  const made = { customerId: uuidv7(), siteId: uuidv7() }
  const added = scope.db(async (tx) => {
    const { name, handle, siteName, timeZone } = input
    await tx.customer.create({
      data: { id: made.customerId, providerId, name, handle },
      select: { id: true },
    })
    await tx.site.create({
      data: { id: made.siteId, providerId, customerId: made.customerId, name: siteName, timeZone },
      select: { id: true },
    })
    await recordChange(tx, scope.session, {
      code: 'customer_added',
      customerId: made.customerId,
      subject: name,
      detail: handle,
    })
  })
  await unlessTaken(added, () => fail('handle_taken', 'handle'))
  scope.portal.live.publish({ type: 'tree', providerId, customerId: made.customerId })
  scope.portal.live.publish({ type: 'log', providerId, customerId: made.customerId })
  return made
}

export async function rename(
  scope: Scope,
  { customerId, name }: z.output<typeof renameInput>,
): Promise<void> {
  const { providerId } = scope.tenant
  await scope.db(async (tx) => {
    const before = await tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: { name: true },
    })
    if (before === null) throw fail('not_found')
    await tx.customer.updateMany({ where: { id: customerId, providerId }, data: { name } })
    await recordChange(tx, scope.session, {
      code: 'customer_changed',
      customerId,
      subject: name,
      detail: `Before: ${before.name}`,
    })
  })
  scope.portal.live.publish({ type: 'tree', providerId, customerId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
}
