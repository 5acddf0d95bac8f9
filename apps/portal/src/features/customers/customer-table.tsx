'use client'

/** All customers as rows, in the order of their names. */
import { useInfiniteQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useMemo } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { AppRouter } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { Section } from '#ui/shell/section.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { formatCount } from '#ui/values/format.ts'

type Row = inferRouterOutputs<AppRouter>['customers']['list']['items'][number]

/** Nothing at all while there is no customer: the page above says what to do then. */
export function CustomerTable() {
  const trpc = useTRPC()
  const router = useRouter()
  const query = useInfiniteQuery(
    trpc.customers.list.infiniteQueryOptions({}, { getNextPageParam: (page) => page.nextCursor }),
  )
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  const problem = problemOf(query.error)
  if (rows?.length === 0) return null
  return (
    <Section title="Customers">
      <Table
        label="Customers"
        columns={columns}
        rows={rows}
        rowKey={(row) => row.id}
        problem={rows ? undefined : (problem ?? undefined)}
        onRetry={query.refetch}
        empty={<EmptyState title="No customers yet" />}
        onOpen={(row) => router.push(hrefOf(row))}
        footer={
          query.hasNextPage && (
            <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
              Show more
            </Button>
          )
        }
      />
    </Section>
  )
}

function hrefOf(row: Row): string {
  return `/customers/${row.id}`
}

const columns: readonly Column<Row>[] = [
  {
    id: 'name',
    header: 'Customer',
    cell: (row) => (
      <Link href={hrefOf(row)} prefetch={false} className="rounded-sm font-medium hover:text-accent">
        {row.name}
      </Link>
    ),
  },
  {
    id: 'handle',
    header: 'Handle',
    from: 'medium',
    cell: (row) => <span className="font-mono text-ink-muted text-small">{row.handle}</span>,
  },
  {
    id: 'not-protected',
    header: 'Not protected',
    widthPx: 120,
    align: 'end',
    cell: (row) => (
      <span className={row.notProtected > 0 ? 'font-medium' : 'text-ink-faint'}>
        {formatCount(row.notProtected)}
      </span>
    ),
  },
  { id: 'servers', header: 'Servers', widthPx: 96, align: 'end', cell: (row) => formatCount(row.servers) },
]
