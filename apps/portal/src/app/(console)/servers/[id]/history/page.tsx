import type { Metadata } from 'next'
import { RestoreHistory } from '#features/restore/restore-history.tsx'
import { RunningRestores } from '#features/restore/running-restores.tsx'
import { RunHistory } from '#features/runs/run-history.tsx'
import { RunningRuns } from '#features/runs/running-runs.tsx'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { Section } from '#ui/shell/section.tsx'

export const metadata: Metadata = { title: 'History' }

export default async function HistoryPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: serverId } = await params
  await getQueryClient().prefetchInfiniteQuery(
    trpc.runs.list.infiniteQueryOptions({ serverId }, { getNextPageParam: (page) => page.nextCursor }),
  )
  return (
    <HydrateClient>
      <RunningRuns serverId={serverId} />
      <RunningRestores serverId={serverId} />
      <RestoreHistory serverId={serverId} />
      <Section title="Backups">
        <RunHistory serverId={serverId} />
      </Section>
    </HydrateClient>
  )
}
