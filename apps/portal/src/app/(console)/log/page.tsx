import type { Metadata } from 'next'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { LogOfAll } from './log-of-all.tsx'

export const metadata: Metadata = { title: 'Remote management log' }

export default async function LogPage() {
  const everything = { kinds: [], text: '' }
  await getQueryClient().prefetchInfiniteQuery(
    trpc.managementLog.list.infiniteQueryOptions(everything, { getNextPageParam: (page) => page.nextCursor }),
  )
  return (
    <HydrateClient>
      <Answer evidence="Every attempt to connect, every link, command and change, with its reason.">
        Remote management log
      </Answer>
      <LogOfAll />
    </HydrateClient>
  )
}
