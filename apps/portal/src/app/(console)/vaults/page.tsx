import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { currentSession } from '#auth/current-session.ts'
import { VaultsPage } from '#features/vaults/vaults-page.tsx'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Vaults' }

export default async function Vaults() {
  const session = await currentSession()
  // Nobody signed in is the layout's business.
  if (session?.customerId) notFound()
  await Promise.all([
    getQueryClient().prefetchQuery(trpc.vaults.list.queryOptions()),
    getQueryClient().prefetchQuery(trpc.vaults.trust.queryOptions()),
  ])
  return (
    <HydrateClient>
      <VaultsPage mayChange={session?.role === 'owner'} />
    </HydrateClient>
  )
}
