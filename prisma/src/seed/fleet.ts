/** Many customers and servers at once, in few statements: what benchmarks and the console's large lists need. */
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid'
import type { Database } from '../client.ts'
import type { Tenant } from '../tenant.ts'
import { SERVER_NAMES } from './names.ts'
import { NO_RECORD, seedCustomer, seedSite } from './rows.ts'

export type FleetServer = {
  readonly id: string
  readonly customerId: string
  readonly siteId: string
  /** `customer/server`, as the agent names it. */
  readonly fullName: string
}

export type FleetOptions = {
  readonly customers: number
  readonly serversPerCustomer: number
  /** OPAQUE record for all of them, where agents shall connect. */
  readonly opaqueRecord?: string
  /** Whether the servers have connected before. */
  readonly withPresence?: boolean
}

/** One site a customer. Returns the servers, customer by customer. */
export async function seedFleet(
  database: Database,
  provider: Tenant,
  options: FleetOptions,
): Promise<FleetServer[]> {
  const fleet: FleetServer[] = []
  for (let made = 0; made < options.customers; made += 1)
    fleet.push(...(await seedCustomerWithServers(database, provider, options)))
  return fleet
}

function seedCustomerWithServers(
  database: Database,
  provider: Tenant,
  options: FleetOptions,
): Promise<FleetServer[]> {
  return database.forTenant(provider, async (tx) => {
    const customer = await seedCustomer(tx, { id: provider.providerId })
    const site = await seedSite(tx, customer)
    const tenant = { providerId: provider.providerId, customerId: customer.id }
    const servers = Array.from({ length: options.serversPerCustomer }, (_, index) => ({
      id: uuidv7(),
      ...tenant,
      siteId: site.id,
      name: `${SERVER_NAMES[index % SERVER_NAMES.length]}-${index + 1}`,
      opaqueRecord: options.opaqueRecord ?? NO_RECORD,
    }))
    await tx.server.createMany({ data: servers })
    if (options.withPresence)
      await tx.serverPresence.createMany({
        data: servers.map(({ id, name }) => ({
          serverId: id,
          ...tenant,
          instance: uuidv4(),
          session: 1,
          hostname: name,
          platform: 'linux-x64',
          agentVersion: '0.1.0',
          resticVersion: '0.18.1',
        })),
      })
    return servers.map(({ id, siteId, name }) => ({
      id,
      customerId: customer.id,
      siteId,
      fullName: `${customer.handle}/${name}`,
    }))
  })
}
