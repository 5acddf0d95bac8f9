import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { UnassignPage } from '#features/templates/unassign-page.tsx'
import { id as idSchema } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Unassign a template' }

export default async function UnassignTemplate({ params }: { params: Promise<{ id: string }> }) {
  const templateId = idSchema.safeParse((await params).id).data
  if (templateId === undefined) notFound()
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.templates.get.queryOptions({ templateId })),
    queries.prefetchQuery(trpc.templates.assigned.queryOptions({ templateId })),
  ])
  return (
    <HydrateClient>
      <UnassignPage templateId={templateId} />
    </HydrateClient>
  )
}
