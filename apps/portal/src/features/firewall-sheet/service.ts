/** What the sheet of a site is made of. */
import type { z } from 'zod'
import { fail } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import type { getInput } from './schema.ts'
import { firewallSheet } from './sheet.ts'

export async function get({ db, portal, tenant }: Scope, { siteId }: z.output<typeof getInput>) {
  const { providerId } = tenant
  const site = await db((tx) =>
    tx.site.findFirst({
      where: { id: siteId, providerId },
      select: {
        name: true,
        customer: { select: { id: true, name: true, provider: { select: { name: true } } } },
        servers: { select: { name: true, dialAddress: true }, orderBy: [{ name: 'asc' }] },
      },
    }),
  )
  if (site === null) throw fail('not_found')
  const { customer, name, servers } = site
  const { addresses, certificateSha256 } = portal.gateway
  const sheet = firewallSheet(
    {
      provider: customer.provider.name,
      customer: customer.name,
      site: name,
      servers,
    },
    { addresses, certificates: [...portal.settings.gateway.terminators, certificateSha256] },
  )
  return { customerId: customer.id, siteName: name, sheet }
}
