import type { Metadata } from 'next'
import { RunningRestores } from '#features/restore/running-restores.tsx'
import { RestoreView } from './restore-view.tsx'

export const metadata: Metadata = { title: 'Restore' }

export default async function ServerRestorePage({ params }: { params: Promise<{ id: string }> }) {
  const { id: serverId } = await params
  return (
    <>
      <RunningRestores serverId={serverId} />
      <RestoreView serverId={serverId} />
    </>
  )
}
