import { ServerConditions } from '#features/conditions/server-conditions.tsx'
import { RunningRestores } from '#features/restore/running-restores.tsx'
import { RunningRuns } from '#features/runs/running-runs.tsx'
import { ServerOverview } from '#features/server-page/server-overview.tsx'

export default async function ServerOverviewPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: serverId } = await params
  return (
    <ServerOverview serverId={serverId}>
      <ServerConditions serverId={serverId} />
      <RunningRuns serverId={serverId} />
      <RunningRestores serverId={serverId} />
    </ServerOverview>
  )
}
