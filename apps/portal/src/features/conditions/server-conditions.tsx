'use client'

/** What is wrong with one server, on its first page. Nothing at all while nothing is. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { Section } from '#ui/shell/section.tsx'
import { ConditionList } from './condition-list.tsx'

export function ServerConditions({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const open = useList(serverId, 'open')
  const known = useList(serverId, 'known')
  const cleared = useList(serverId, 'cleared')
  const mayKnow = me?.rights.includes('conditions.know') ?? false
  const rows = [...open, ...known]
  if (rows.length + cleared.length === 0) return null
  return (
    <Section title="Conditions">
      {rows.length > 0 && <ConditionList conditions={rows} mayKnow={mayKnow} />}
      {cleared.length > 0 && (
        <details className="border-line border-b">
          <summary className="cursor-default px-(--page-x) py-2 text-ink-muted">
            {rows.length === 0 ? 'Nothing is wrong now. ' : ''}
            {cleared.length === 1 ? 'One is over' : `${cleared.length} are over`}
          </summary>
          <ConditionList conditions={cleared} mayKnow={false} />
        </details>
      )}
    </Section>
  )
}

const SHOWN_MAX = 50

function useList(serverId: string, state: 'open' | 'known' | 'cleared') {
  const trpc = useTRPC()
  const { data } = useInfiniteQuery(
    trpc.conditions.list.infiniteQueryOptions(
      { serverId, state, limit: SHOWN_MAX },
      { getNextPageParam: (page) => page.nextCursor, initialCursor: 0 },
    ),
  )
  return data?.pages[0]?.items ?? []
}
