import type { Metadata } from 'next'
import { paramsOf, readFilter, toInput } from '#features/management-log/filter-url.ts'
import { RetentionLine } from '#features/management-log/retention-line.tsx'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { LogOfAll } from './log-of-all.tsx'

export const metadata: Metadata = { title: 'Remote management log' }

export default async function LogPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const input = toInput(readFilter(paramsOf(await searchParams)))
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchInfiniteQuery(
      trpc.managementLog.list.infiniteQueryOptions(input, { getNextPageParam: (page) => page.nextCursor }),
    ),
    queries.prefetchQuery(trpc.managementLog.retention.queryOptions()),
  ])
  return (
    <HydrateClient>
      <Answer
        evidence={
          <>
            Every attempt to connect, every link, command and change, with its reason.
            <RetentionLine />
          </>
        }
      >
        Remote management log
      </Answer>
      <LogOfAll />
    </HydrateClient>
  )
}
