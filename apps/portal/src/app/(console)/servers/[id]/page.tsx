import { RunningRuns } from '#features/runs/running-runs.tsx'
import { ServerOverview } from '#features/server-page/server-overview.tsx'

export default async function ServerOverviewPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: serverId } = await params
  return (
    <ServerOverview serverId={serverId}>
      <RunningRuns serverId={serverId} />
    </ServerOverview>
  )
}
