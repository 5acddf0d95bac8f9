/** Sites: places of a customer, each with the time zone in which its schedules are meant. */
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { recordChange } from '#log/record-change.ts'
import { unlessTaken } from '#trpc/conflicts.ts'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { createInput, listInput, renameInput } from './schema.ts'

/** A customer has a handful of sites, so they come all at once. */
export async function list({ db, tenant }: Scope, { customerId }: z.output<typeof listInput>) {
  const { providerId } = tenant
  const customer = await db((tx) =>
    tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: {
        sites: {
          select: { id: true, name: true, timeZone: true },
          orderBy: [{ name: 'asc' }, { id: 'asc' }],
        },
      },
    }),
  )
  if (customer === null) throw fail('not_found')
  return customer.sites
}

export async function create(scope: Scope, input: z.output<typeof createInput>) {
  const { providerId } = scope.tenant
  const { customerId, name, timeZone } = input
  const siteId = uuidv7()
  const added = scope.db(async (tx) => {
    const customer = await tx.customer.findFirst({
      where: { id: customerId, providerId },
      select: { id: true },
    })
    if (customer === null) throw fail('not_found')
    await tx.site.create({
      data: { id: siteId, providerId, customerId, name, timeZone },
      select: { id: true },
    })
    await recordChange(tx, scope.session, { code: 'site_added', customerId, subject: name, detail: timeZone })
  })
  await unlessTaken(added, () => fail('site_name_taken', 'name'))
  scope.portal.live.publish({ type: 'tree', providerId, customerId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
  return { siteId }
}

export async function rename(scope: Scope, { siteId, name }: z.output<typeof renameInput>): Promise<void> {
  const { providerId } = scope.tenant
  const renamed = scope.db(async (tx) => {
    const before = await tx.site.findFirst({
      where: { id: siteId, providerId },
      select: { name: true, customerId: true },
    })
    if (before === null) throw fail('not_found')
    const { customerId } = before
    await tx.site.updateMany({ where: { id: siteId, providerId }, data: { name } })
    await recordChange(tx, scope.session, {
      code: 'site_changed',
      customerId,
      subject: name,
      detail: `Before: ${before.name}`,
    })
    return customerId
  })
  const customerId = await unlessTaken(renamed, () => fail('site_name_taken', 'name'))
  scope.portal.live.publish({ type: 'tree', providerId, customerId })
  scope.portal.live.publish({ type: 'log', providerId, customerId })
}
