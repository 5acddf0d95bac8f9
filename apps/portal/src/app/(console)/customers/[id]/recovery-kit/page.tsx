import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { RecoveryPage } from '#features/recovery/recovery-page.tsx'
import { id } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Recovery kit' }

export default async function RecoveryKitPage({ params }: { params: Promise<{ id: string }> }) {
  const { data: customerId } = id.safeParse((await params).id)
  if (!customerId) notFound()
  await getQueryClient().prefetchQuery(trpc.recovery.get.queryOptions({ customerId }))
  return (
    <HydrateClient>
      <RecoveryPage customerId={customerId} />
    </HydrateClient>
  )
}
