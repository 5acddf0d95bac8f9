'use client'

/** Everything that is wrong, or was: filtered by customer, severity and whether it is open. The filters stand in the address. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useMemo } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Combobox } from '#ui/forms/combobox.tsx'
import { Select } from '#ui/forms/select.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { ConditionList } from './condition-list.tsx'
import { type ConditionFilter, filterQuery, readFilter } from './filter-url.ts'
import { conditionsSentence } from './sentence.ts'

const all = 'all'
const STATES = [
  { value: 'open', label: 'Open' },
  { value: 'known', label: 'Known' },
  { value: 'cleared', label: 'Over' },
] as const
const SEVERITIES = [
  { value: all, label: 'However bad' },
  { value: 'critical', label: 'Critical' },
  { value: 'warning', label: 'Warnings' },
  { value: 'notice', label: 'Notices' },
] as const
const NOTHING = {
  open: ['Nothing is wrong', 'The portal looks every few minutes, and after each report.'],
  known: ['Nothing is set aside', 'What somebody knows of stands here until its time is over.'],
  cleared: ['Nothing is over yet', 'Conditions that are over are kept here.'],
} as const

export function ConditionsPage({
  customers,
}: {
  customers: readonly { readonly id: string; readonly name: string }[]
}) {
  const trpc = useTRPC()
  const router = useRouter()
  const pathname = usePathname()
  const filter = readFilter(useSearchParams())
  const setFilter = (next: ConditionFilter) =>
    router.replace(`${pathname}${filterQuery(next)}`, { scroll: false })
  const summary = useQuery(trpc.conditions.summary.queryOptions())
  return (
    <>
      <Answer evidence="Found by the portal itself, from what it receives and what it does not.">
        {summary.data ? conditionsSentence(summary.data) : 'Conditions'}
      </Answer>
      <div className="flex flex-wrap items-end gap-2 px-(--page-x) pb-3 [&_label]:sr-only">
        <Select
          label="Which"
          options={STATES}
          value={filter.state}
          onValue={(state) => setFilter({ ...filter, state })}
          className="w-32 max-sm:flex-1"
        />
        <Select
          label="Severity"
          options={SEVERITIES}
          value={filter.severity ?? all}
          onValue={(severity) => setFilter({ ...filter, severity: severity === all ? undefined : severity })}
          className="w-38 max-sm:flex-1"
        />
        {customers.length > 1 && (
          <Combobox
            label="Customer"
            options={[
              { value: all, label: 'All customers' },
              ...customers.map(({ id, name }) => ({ value: id, label: name })),
            ]}
            value={filter.customerId ?? all}
            onValue={(id) => setFilter({ ...filter, customerId: id === all ? undefined : id })}
            searchLabel="Search for a customer"
            className="w-48 max-sm:w-full"
          />
        )}
      </div>
      <Rows filter={filter} />
    </>
  )
}

function Rows({ filter }: { filter: ConditionFilter }) {
  const trpc = useTRPC()
  const { data: me } = useQuery(trpc.session.me.queryOptions())
  const query = useInfiniteQuery(
    trpc.conditions.list.infiniteQueryOptions(filter, {
      getNextPageParam: (page) => page.nextCursor,
      initialCursor: 0,
      placeholderData: keepPreviousData,
    }),
  )
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  const problem = problemOf(query.error)
  if (!rows)
    return problem ? (
      <ErrorState problem={problem} onRetry={query.refetch} retrying={query.isFetching} />
    ) : (
      <div className="flex flex-col gap-3 px-(--page-x) py-3">
        <Skeleton className="h-10 w-full" />
        <Skeleton className="h-10 w-full" />
      </div>
    )
  const [title, text] = NOTHING[filter.state]
  if (rows.length === 0) return <EmptyState title={title}>{text}</EmptyState>
  return (
    <>
      <ConditionList conditions={rows} showPlace mayKnow={me?.rights.includes('conditions.know') ?? false} />
      {query.hasNextPage && (
        <div className="px-(--page-x) py-3">
          <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
            Show more
          </Button>
        </div>
      )}
    </>
  )
}
