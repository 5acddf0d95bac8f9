import type { Metadata } from 'next'
import { RestorePage } from '#features/restore/restore-page.tsx'

export const metadata: Metadata = { title: 'Restore' }

export default async function ServerRestorePage({ params }: { params: Promise<{ id: string }> }) {
  return <RestorePage serverId={(await params).id} />
}
