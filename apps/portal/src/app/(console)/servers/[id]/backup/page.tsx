import type { Metadata } from 'next'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { BackupPlans } from './backup-plans.tsx'

export const metadata: Metadata = { title: 'Backup' }

export default async function BackupPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: serverId } = await params
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.plans.list.queryOptions({ serverId })),
    queries.prefetchQuery(trpc.repositories.list.queryOptions({ serverId })),
  ])
  return (
    <HydrateClient>
      <BackupPlans serverId={serverId} />
    </HydrateClient>
  )
}
