import type { Metadata } from 'next'
import { RepositoryList } from '#features/repositories/repository-list.tsx'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Repositories' }

export default async function RepositoriesPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: serverId } = await params
  await getQueryClient().prefetchQuery(trpc.repositories.list.queryOptions({ serverId }))
  return (
    <HydrateClient>
      <RepositoryList serverId={serverId} />
    </HydrateClient>
  )
}
