import type { Metadata } from 'next'
import { Drills } from '#features/drills/drills.tsx'

export const metadata: Metadata = { title: 'Restore drills' }

export default async function DrillsPage({ params }: { params: Promise<{ id: string }> }) {
  const { id: serverId } = await params
  return <Drills serverId={serverId} />
}
