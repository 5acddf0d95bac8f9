import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { AssignPage } from '#features/templates/assign-page.tsx'
import { id as idSchema } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Assign a template' }

export default async function AssignTemplate({ params }: { params: Promise<{ id: string }> }) {
  const templateId = idSchema.safeParse((await params).id).data
  if (templateId === undefined) notFound()
  await getQueryClient().prefetchQuery(trpc.templates.get.queryOptions({ templateId }))
  return (
    <HydrateClient>
      <AssignPage templateId={templateId} />
    </HydrateClient>
  )
}
