'use client'

/**
 * The remote management log: every attempt, link change, command and change, newest first and live. On its own page
 * it is about everything; given a server, only about that. What is filtered stands in the address of the page.
 */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect, useMemo, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { PagePane } from '#ui/shell/page-pane.tsx'
import { Table } from '#ui/table/table.tsx'
import { formatCount } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { columnsOfAll, columnsOfServer } from './columns.tsx'
import { EntryPane } from './entry-pane.tsx'
import { filterQuery, isFiltered, type LogFilter, noFilter, readFilter, toInput } from './filter-url.ts'
import { type LogCustomer, LogFilters } from './filters.tsx'
import { useLiveTail } from './live-tail.ts'
import type { LogItem } from './service.ts'

/** So long after the last key the search is asked for. */
const typingPauseMs = 250
const keyOf = ({ id }: LogItem) => id

export function ManagementLog({
  serverId,
  customers,
}: {
  serverId?: string
  /** To choose from; left out where the log is about one thing. */
  customers?: readonly LogCustomer[]
}) {
  const trpc = useTRPC()
  const { filter, setFilter, typed, setTyped } = useFilterInAddress()
  const [openId, setOpenId] = useState<string>()
  const inForce = serverId ? { ...filter, serverId } : filter
  const input = toInput(inForce)
  const view = JSON.stringify(input)
  const query = useInfiniteQuery(
    trpc.managementLog.list.infiniteQueryOptions(input, {
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  )
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  const tail = useLiveTail(rows, keyOf, view)
  const problem = problemOf(query.error)
  const open = tail.shown?.find((row) => row.id === openId)
  const searchedTo = query.data?.pages.at(-1)?.searchedTo ?? null

  return (
    <>
      <LogFilters
        filter={filter}
        onFilter={setFilter}
        typed={typed}
        onTyped={setTyped}
        customers={customers}
      />
      <div ref={tail.top} className="flex min-h-px items-center justify-end gap-3 px-(--page-x) pb-2">
        <a
          href={`/log/export${filterQuery(inForce)}`}
          download
          className="inline-flex items-center gap-1.5 rounded-sm text-accent text-small underline-offset-2 hover:underline"
        >
          <Download size={14} aria-hidden />
          Export as CSV
        </a>
      </div>
      <NewAbove count={tail.waiting} onShow={tail.toTop} />
      <Table
        label="Remote management log"
        columns={serverId ? columnsOfServer : columnsOfAll}
        rows={tail.shown}
        rowKey={keyOf}
        view={view}
        problem={rows ? undefined : (problem ?? undefined)}
        onRetry={query.refetch}
        empty={<Nothing filter={filter} searchedTo={searchedTo} onShowAll={() => setFilter(noFilter)} />}
        openKey={openId}
        onOpen={(row) => setOpenId(row.id)}
        footer={
          query.hasNextPage && (
            <span className="flex flex-wrap items-center gap-3">
              <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
                {searchedTo ? 'Search older' : 'Show older'}
              </Button>
              {searchedTo && (
                <span className="text-ink-muted text-small">
                  Searched back to <Time at={searchedTo} />.
                </span>
              )}
            </span>
          )
        }
      />
      {open && (
        <PagePane>
          <EntryPane entry={open} onClose={() => setOpenId(undefined)} />
        </PagePane>
      )}
    </>
  )
}

/** For somebody who reads further down: how much has come since, and the way up to it. */
function NewAbove({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <div role="status" className="sticky top-(--top-bar-height,0px) z-30 flex h-0 justify-center">
      {count > 0 && (
        <button
          type="button"
          onClick={onShow}
          className="mt-1 h-6 rounded-full bg-accent px-2.5 font-medium text-accent-ink text-small hover:bg-accent-strong"
        >
          {formatCount(count)} new
        </button>
      )}
    </div>
  )
}

function Nothing({
  filter,
  searchedTo,
  onShowAll,
}: {
  filter: LogFilter
  searchedTo: Date | null
  onShowAll: () => void
}) {
  if (!isFiltered(filter))
    return (
      <EmptyState title="Nothing has happened yet">
        Every attempt to connect, every link, every command and every change will stand here, with its reason.
      </EmptyState>
    )
  return (
    <EmptyState
      title={searchedTo ? 'Nothing found so far' : 'Nothing in the log matches'}
      action={<Button onClick={onShowAll}>Show everything</Button>}
    />
  )
}

/** The filter lives in the address; only the words, while they are being typed, live here. */
function useFilterInAddress() {
  const params = useSearchParams()
  const pathname = usePathname()
  const filter = useMemo(() => readFilter(params), [params])
  const [typed, setTyped] = useState(filter.text)
  const show = (next: LogFilter) => history.replaceState(null, '', pathname + filterQuery(next))
  const setFilter = (next: LogFilter) => {
    setTyped(next.text)
    show(next)
  }
  useEffect(() => {
    if (typed === filter.text) return
    const timer = setTimeout(
      () => history.replaceState(null, '', pathname + filterQuery({ ...filter, text: typed })),
      typingPauseMs,
    )
    return () => clearTimeout(timer)
  }, [typed, filter, pathname])
  return { filter, setFilter, typed, setTyped }
}
