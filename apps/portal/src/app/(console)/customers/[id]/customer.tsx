'use client'

import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { CustomerMenu } from '#features/customers/customer-menu.tsx'
import { CustomerPage } from '#features/customers/customer-page.tsx'
import { AddSiteButton } from '#features/sites/add-site-button.tsx'
import { RenameSiteButton } from '#features/sites/rename-site-button.tsx'
import { VaultUsage } from '#features/vault-usage/vault-usage.tsx'
import { useTRPC } from '#trpc/client.tsx'
import { GoButton } from '#ui/controls/go-button.tsx'

/** A customer's page with what this person may do there. */
export function Customer({ customerId }: { customerId: string }) {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const mayChange = me?.rights.includes('customers.change') ?? false
  const mayRegister = me?.rights.includes('servers.register') ?? false
  return (
    <>
      <CustomerPage
        customerId={customerId}
        mayRegister={mayRegister}
        actions={(customer) => (
          <>
            <GoButton href={`/customers/${customerId}/recovery-kit`}>Recovery kit</GoButton>
            {mayChange && <AddSiteButton customerId={customerId} />}
            {mayRegister && (
              <GoButton look="primary" href={`/customers/${customerId}/add-server`}>
                Add a server
              </GoButton>
            )}
            {mayChange && <CustomerMenu customerId={customerId} name={customer.name} />}
          </>
        )}
        siteActions={(site) => (
          <>
            <Link
              href={`/sites/${site.id}/firewall`}
              aria-label={`Firewall sheet of ${site.name}`}
              className="rounded-sm text-accent underline-offset-2 hover:underline"
            >
              Firewall sheet
            </Link>
            {mayChange && <RenameSiteButton siteId={site.id} name={site.name} />}
          </>
        )}
      />
      <VaultUsage customerId={customerId} mayChange={mayChange} />
    </>
  )
}
