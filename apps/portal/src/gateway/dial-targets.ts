/** Which servers the portal dials, and where: those that have an address at which their agent listens. */
import type { Database } from '@holdfast/database'
import { formatServerName } from '@holdfast/protocol'

export type DialTarget = {
  readonly providerId: string
  readonly customerId: string
  readonly serverId: string
  /** `customer/server` */
  readonly name: string
  /** `host:port` */
  readonly address: string
}

export type DialTargets = {
  readonly all: () => Promise<DialTarget[]>
  /** Null when there is no such server, or the portal does not dial it. */
  readonly of: (serverId: string) => Promise<DialTarget | null>
}

export function createDialTargets(database: Database): DialTargets {
  async function find(where: { id?: string }): Promise<DialTarget[]> {
    const provider = await database.directory.portalProvider()
    if (provider === null) return []
    const providerId = provider.id
    const servers = await database.forTenant({ providerId, customerId: null }, (tx) =>
      tx.server.findMany({
        where: { ...where, providerId, dialAddress: { not: null } },
        select: {
          id: true,
          name: true,
          customerId: true,
          dialAddress: true,
          customer: { select: { handle: true } },
        },
      }),
    )
    return servers.flatMap(({ id: serverId, name, customerId, dialAddress: address, customer }) =>
      address === null
        ? []
        : [
            {
              providerId,
              customerId,
              serverId,
              name: formatServerName({ customer: customer.handle, server: name }),
              address,
            },
          ],
    )
  }
  return {
    all: () => find({}),
    of: async (serverId) => (await find({ id: serverId }))[0] ?? null,
  }
}
