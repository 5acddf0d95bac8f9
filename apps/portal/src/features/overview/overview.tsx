'use client'

/** The first page: who is not protected, worst first. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { healthReason } from '#health/reasons.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { GoButton } from '#ui/controls/go-button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { ServerTable } from '#ui/servers/server-table.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Section } from '#ui/shell/section.tsx'
import { healthSentence } from '#ui/status/health-sentence.ts'
import { healthInWords } from '#ui/status/roll-up.ts'

export function Overview({
  addCustomer,
  conditions,
  children,
}: {
  /** The next step while there is no server. */
  addCustomer: ReactNode
  /** What else is wrong. */
  conditions: ReactNode
  /** What comes after the servers that are not protected. */
  children: ReactNode
}) {
  const trpc = useTRPC()
  const summary = useQuery(trpc.overview.summary.queryOptions())
  const problem = problemOf(summary.error)

  if (!summary.data) {
    return problem ? (
      <ErrorState problem={problem} onRetry={summary.refetch} retrying={summary.isFetching} />
    ) : (
      <Answer evidence={<Skeleton className="my-1 w-60" />}>
        <Skeleton className="my-1 h-5 w-96 max-w-full" />
      </Answer>
    )
  }
  const { counts, total, notProtected } = summary.data
  const { sentence, health } = healthSentence(counts)
  return (
    <>
      <Answer health={health} evidence={total > 1 && healthInWords(counts)}>
        {sentence}
      </Answer>
      {conditions}
      {notProtected > 0 && (
        <Section title="Not protected">
          <NotProtected />
        </Section>
      )}
      {total === 0 && <FirstSteps addCustomer={addCustomer} />}
      {children}
    </>
  )
}

/** What to do on the way to the first server. */
function FirstSteps({ addCustomer }: { addCustomer: ReactNode }) {
  const trpc = useTRPC()
  const { data } = useInfiniteQuery(
    trpc.customers.list.infiniteQueryOptions({}, { getNextPageParam: (page) => page.nextCursor }),
  )
  const first = data?.pages[0]?.items[0]
  if (!first) {
    return (
      <EmptyState title="Whose servers do you look after?" action={addCustomer}>
        Begin with a customer. Then register a server here, paste one line at the server, and it is connected.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      title="The next step is a server"
      action={
        <GoButton look="primary" href={`/customers/${first.id}/add-server`}>
          Add a server to {first.name}
        </GoButton>
      }
    >
      Register it here, paste one line at the server, and it is connected a moment later.
    </EmptyState>
  )
}

function NotProtected() {
  const trpc = useTRPC()
  const query = useInfiniteQuery(
    trpc.overview.notProtected.infiniteQueryOptions(
      {},
      { getNextPageParam: (page) => page.nextCursor, initialCursor: 0 },
    ),
  )
  const rows = useMemo(
    () =>
      query.data?.pages.flatMap((page) =>
        page.items.map(({ serverId, reason, ...server }) => ({
          ...server,
          id: serverId,
          why: healthReason(reason)?.title ?? '',
        })),
      ),
    [query.data],
  )
  const problem = problemOf(query.error)
  return (
    <ServerTable
      label="Servers that are not protected"
      showCustomer
      rows={rows}
      problem={rows ? undefined : (problem ?? undefined)}
      onRetry={query.refetch}
      empty={<EmptyState title="Every server is protected" />}
      footer={
        query.hasNextPage && (
          <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
            Show more
          </Button>
        )
      }
    />
  )
}
