import type { TreeNode } from '#ui/tree/rows.ts'

type Customers = readonly {
  id: string
  name: string
  sites: readonly {
    id: string
    name: string
    servers: readonly { id: string; name: string; health: Extract<TreeNode, { kind: 'server' }>['health'] }[]
  }[]
}[]

/** The tree as it is drawn. A site has no page of its own: it leads to its part of the customer's page. */
export function treeNodes(customers: Customers): TreeNode[] {
  return customers.map((customer) => {
    const href = `/customers/${customer.id}`
    return {
      kind: 'customer',
      id: customer.id,
      label: customer.name,
      href,
      children: customer.sites.map((site) => ({
        kind: 'site',
        id: site.id,
        label: site.name,
        href: `${href}#${site.id}`,
        children: site.servers.map((server) => ({
          kind: 'server',
          id: server.id,
          label: server.name,
          href: `/servers/${server.id}`,
          health: server.health,
        })),
      })),
    }
  })
}
