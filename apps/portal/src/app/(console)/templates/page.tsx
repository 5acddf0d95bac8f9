import type { Metadata } from 'next'
import { TemplatesPage } from '#features/templates/templates-page.tsx'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Templates' }

export default async function Templates() {
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.templates.list.queryOptions()),
    queries.prefetchQuery(trpc.templates.applications.queryOptions()),
  ])
  return (
    <HydrateClient>
      <TemplatesPage />
    </HydrateClient>
  )
}
