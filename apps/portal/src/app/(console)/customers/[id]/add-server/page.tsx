import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { AddServer } from '#features/servers/add-server.tsx'
import { id } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Add a server' }

export default async function AddServerPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { data: customerId } = id.safeParse((await params).id)
  if (!customerId) notFound()
  const { data: siteId } = id.safeParse((await searchParams).site)
  await getQueryClient().prefetchQuery(trpc.customers.get.queryOptions({ customerId }))
  return (
    <HydrateClient>
      <AddServer customerId={customerId} siteId={siteId} />
    </HydrateClient>
  )
}
