/**
 * Servers for the simulator, straight into the database of the portal under test: with the builders that the tests use,
 * and with real OPAQUE records, made by the portal's own set-up exactly as its registration would make them.
 */
import { randomUUID } from 'node:crypto'
import type { Tenant } from '@holdfast/database'
import { seedFleet, seedPlan, seedRepository } from '@holdfast/database/seed'
import { generateManagementPassword } from '@holdfast/protocol'
import * as opaque from '@serenity-kit/opaque'
import type { Backstage } from '../portal/backstage.ts'
import { registerSimulated } from '../simulator/registration.ts'
import { localAddressOf, type SimulatedServer } from '../simulator/server.ts'

export type Seeded = {
  readonly servers: readonly SimulatedServer[]
  /** Of the first servers, each ready to be run. */
  readonly plans: readonly { readonly serverId: string; readonly planId: string }[]
}

const SERVERS_PER_CUSTOMER = 20

/** @param options.plans how many of the servers get a repository and a plan. */
export async function seedSimulatedServers(
  { database, opaqueServerSetup }: Pick<Backstage, 'database' | 'opaqueServerSetup'>,
  provider: Tenant,
  options: { readonly servers: number; readonly plans: number },
): Promise<Seeded> {
  await opaque.ready
  // One password for all: the record, which is what the portal works with, differs all the same.
  const password = generateManagementPassword()
  const fleet = await seedFleet(database, provider, {
    customers: Math.ceil(options.servers / SERVERS_PER_CUSTOMER),
    serversPerCustomer: SERVERS_PER_CUSTOMER,
  })
  const chosen = fleet.slice(0, options.servers)
  const records = chosen.map(({ id }) => registerSimulated(opaqueServerSetup, id, password))
  await database.forTenantSql(provider, (sql) =>
    sql.query(
      `UPDATE server SET opaque_record = made.record
       FROM unnest($1::uuid[], $2::text[]) AS made (id, record) WHERE server.id = made.id`,
      [chosen.map(({ id }) => id), records],
    ),
  )
  const plans = []
  for (const { id } of chosen.slice(0, options.plans)) {
    const plan = await database.forTenant(provider, async (tx) => {
      const server = await tx.server.findUniqueOrThrow({ where: { id } })
      return seedPlan(tx, await seedRepository(tx, server))
    })
    plans.push({ serverId: id, planId: plan.id })
  }
  const servers = chosen.map(({ id, fullName }, n) => ({
    serverId: id,
    name: fullName,
    password,
    instance: randomUUID(),
    journalId: randomUUID(),
    localAddress: localAddressOf(n),
  }))
  return { servers, plans }
}
