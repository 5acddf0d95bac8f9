import type { Metadata } from 'next'
import { readFilter } from '#features/conditions/filter-url.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { ConditionsOfAll } from './conditions-of-all.tsx'

export const metadata: Metadata = { title: 'Conditions' }

export default async function ConditionsRoute({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const given = await searchParams
  const filter = readFilter({ get: (name) => [given[name]].flat()[0] ?? null })
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.conditions.summary.queryOptions()),
    queries.prefetchInfiniteQuery(
      trpc.conditions.list.infiniteQueryOptions(filter, {
        getNextPageParam: (page) => page.nextCursor,
        initialCursor: 0,
      }),
    ),
  ])
  return (
    <HydrateClient>
      <ConditionsOfAll />
    </HydrateClient>
  )
}
