import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { TemplateEditor } from '#features/templates/template-editor.tsx'
import { id as idSchema } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Template' }

export default async function TemplatePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  const templateId = id === 'new' ? null : idSchema.safeParse(id).data
  if (templateId === undefined) notFound()
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.templates.vaults.queryOptions()),
    queries.prefetchQuery(trpc.templates.offered.queryOptions()),
    templateId && queries.prefetchQuery(trpc.templates.get.queryOptions({ templateId })),
  ])
  return (
    <HydrateClient>
      <TemplateEditor templateId={templateId} />
    </HydrateClient>
  )
}
