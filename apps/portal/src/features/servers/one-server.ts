/** What all that is done to one server begins and ends with. */
import { formatServerName } from '@holdfast/protocol'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'

/** Errors: `not_found`, also for a stranger's. */
export async function serverNamed({ db, tenant }: Scope, serverId: string) {
  const server = await db((tx) =>
    tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: { name: true, customerId: true, dialAddress: true, customer: { select: { handle: true } } },
    }),
  )
  if (server === null) throw fail('not_found')
  const { name, customer, customerId, dialAddress } = server
  return { customerId, dialAddress, fullName: formatServerName({ customer: customer.handle, server: name }) }
}

/** Tells the open consoles that something of this customer has changed. */
export function announce({ portal, tenant }: Scope, customerId: string): void {
  const { providerId } = tenant
  portal.live.publish({ type: 'tree', providerId, customerId })
  portal.live.publish({ type: 'log', providerId, customerId })
}
