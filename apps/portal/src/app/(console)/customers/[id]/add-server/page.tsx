import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { decideInput as splitOf } from '#features/copies/schema.ts'
import { AddServer } from '#features/servers/add-server.tsx'
import { id } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

import { SplitCopy } from './split-copy.tsx'

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
  const { site, copyOf, copy } = await searchParams
  const { data: siteId } = id.safeParse(site)
  const { data: split } = splitOf.safeParse({ serverId: copyOf, instance: copy })
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.customers.get.queryOptions({ customerId })),
    split && queries.prefetchQuery(trpc.servers.get.queryOptions({ serverId: split.serverId })),
    split && queries.prefetchQuery(trpc.copies.list.queryOptions({ serverId: split.serverId })),
  ])
  return (
    <HydrateClient>
      {split ? (
        <SplitCopy customerId={customerId} siteId={siteId} {...split} />
      ) : (
        <AddServer customerId={customerId} siteId={siteId} />
      )}
    </HydrateClient>
  )
}
