import type { Metadata } from 'next'
import { ManagementLog } from '#features/management-log/management-log.tsx'

export const metadata: Metadata = { title: 'Log' }

export default async function ServerLogPage({ params }: { params: Promise<{ id: string }> }) {
  return <ManagementLog serverId={(await params).id} />
}
