import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { id } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { BackupEditor } from '../backup-editor.tsx'

export const metadata: Metadata = { title: 'Backup plan' }

export default async function PlanPage({ params }: { params: Promise<{ id: string; plan: string }> }) {
  const { id: serverId, plan } = await params
  const planId = plan === 'new' ? null : id.safeParse(plan).data
  if (planId === undefined) notFound()
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.plans.list.queryOptions({ serverId })),
    queries.prefetchQuery(trpc.repositories.list.queryOptions({ serverId })),
  ])
  return (
    <HydrateClient>
      <BackupEditor serverId={serverId} planId={planId} />
    </HydrateClient>
  )
}
