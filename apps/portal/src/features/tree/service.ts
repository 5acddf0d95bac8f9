/** The tree on the left: every customer, site and server that a person may see, with the health of each server. */
import { type Health, queryHealth, SERVER_HEALTH } from '#health/rule.ts'
import type { Scope } from '#trpc/procedures.ts'

export type TreeServer = { readonly id: string; readonly name: string; readonly health: Health }
export type TreeSite = { readonly id: string; readonly name: string; readonly servers: readonly TreeServer[] }
export type TreeCustomer = {
  readonly id: string
  readonly name: string
  readonly handle: string
  readonly sites: readonly TreeSite[]
}

type CustomerRow = { id: string; name: string; handle: string }
type SiteRow = { id: string; name: string; customerId: string }
type ServerRow = { id: string; name: string; siteId: string; health: Health }

/** Three flat lists that travel together: joined in the database, each name would travel once for every server. */
export function all({ sql }: Scope): Promise<TreeCustomer[]> {
  return sql(async (tx) => {
    const [customers, sites, servers] = await Promise.all([
      tx.query<CustomerRow>('SELECT id, name, handle FROM customer ORDER BY lower(name), id'),
      tx.query<SiteRow>('SELECT id, name, customer_id AS "customerId" FROM site ORDER BY lower(name), id'),
      queryHealth<ServerRow>(
        tx,
        `SELECT server_id AS id, name, site_id AS "siteId", health
         FROM (${SERVER_HEALTH}) AS server_health ORDER BY name, server_id`,
      ),
    ])
    const serversOf = Map.groupBy(servers, ({ siteId }) => siteId)
    const sitesOf = Map.groupBy(sites.rows, ({ customerId }) => customerId)
    return customers.rows.map((customer) => ({
      ...customer,
      sites: (sitesOf.get(customer.id) ?? []).map(({ id, name }) => ({
        id,
        name,
        servers: (serversOf.get(id) ?? []).map(({ id, name, health }) => ({ id, name, health })),
      })),
    }))
  })
}
