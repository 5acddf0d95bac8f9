import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { FirewallSheet } from '#features/firewall-sheet/firewall-sheet.tsx'
import { id } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Firewall sheet' }

export default async function FirewallSheetPage({ params }: { params: Promise<{ id: string }> }) {
  const { data: siteId } = id.safeParse((await params).id)
  if (!siteId) notFound()
  await getQueryClient().prefetchQuery(trpc.firewallSheet.get.queryOptions({ siteId }))
  return (
    <HydrateClient>
      <FirewallSheet siteId={siteId} />
    </HydrateClient>
  )
}
