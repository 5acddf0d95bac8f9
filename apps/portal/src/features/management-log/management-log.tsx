'use client'

/**
 * The remote management log: every attempt, link change, command and change, newest first and live. On its own page
 * it is about everything; given a server, only about that.
 */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useEffect, useMemo, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { PagePane } from '#ui/shell/page-pane.tsx'
import { Glyph } from '#ui/status/glyph.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatCount } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { EntryPane } from './entry-pane.tsx'
import { type LogFilter, LogFilters, noFilter } from './filters.tsx'
import { kindWords, lookOf } from './looks.ts'
import type { LogItem } from './service.ts'

/** So long after the last key the search is asked for. */
const typingPauseMs = 250

export function ManagementLog({
  serverId,
  customers,
}: {
  serverId?: string
  /** To choose from; left out where the log is about one thing. */
  customers?: readonly { id: string; name: string }[]
}) {
  const trpc = useTRPC()
  const [filter, setFilter] = useState<LogFilter>(noFilter)
  const text = useSettled(filter.text, typingPauseMs)
  const [openId, setOpenId] = useState<string>()
  const input = {
    serverId,
    customerId: filter.customerId,
    kinds: filter.kind ? [filter.kind] : [],
    text,
  }
  const query = useInfiniteQuery(
    trpc.managementLog.list.infiniteQueryOptions(input, {
      getNextPageParam: (page) => page.nextCursor,
      placeholderData: keepPreviousData,
    }),
  )
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  const problem = problemOf(query.error)
  const open = rows?.find((row) => row.id === openId)
  const isFiltered = filter !== noFilter && (text !== '' || !!filter.kind || !!filter.customerId)

  return (
    <>
      <LogFilters filter={filter} onFilter={setFilter} customers={customers} />
      <Table
        label="Remote management log"
        columns={serverId ? columnsOfServer : columnsOfAll}
        rows={rows}
        rowKey={(row) => row.id}
        view={JSON.stringify(input)}
        problem={rows ? undefined : (problem ?? undefined)}
        onRetry={query.refetch}
        empty={
          isFiltered ? (
            <EmptyState
              title="Nothing in the log matches"
              action={<Button onClick={() => setFilter(noFilter)}>Show everything</Button>}
            />
          ) : (
            <EmptyState title="Nothing has happened yet">
              Every attempt to connect, every link, every command and every change will stand here, with its
              reason.
            </EmptyState>
          )
        }
        openKey={openId}
        onOpen={(row) => setOpenId(row.id)}
        footer={
          query.hasNextPage && (
            <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
              Show older
            </Button>
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

/** The value once it has stayed the same for a while. */
function useSettled<Value>(value: Value, afterMs: number): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), afterMs)
    return () => clearTimeout(timer)
  }, [value, afterMs])
  return settled
}

const time: Column<LogItem> = {
  id: 'time',
  header: 'Time',
  widthPx: 108,
  cell: (row) => <Time at={row.lastAt} />,
}

const kind: Column<LogItem> = {
  id: 'kind',
  header: 'Kind',
  widthPx: 92,
  from: 'medium',
  cell: (row) => <span className="text-ink-muted">{kindWords[row.kind]}</span>,
}

const event: Column<LogItem> = {
  id: 'event',
  header: 'What happened',
  cell: (row) => (
    <span className="flex min-w-0 items-center gap-2">
      <Glyph {...lookOf(row)} />
      <span className="truncate" title={row.code}>
        {row.title}
      </span>
      {row.count > 1 && (
        <span
          title={`${formatCount(row.count)} times, folded into one row`}
          className="shrink-0 text-ink-faint text-small tabular-nums"
        >
          × {formatCount(row.count)}
        </span>
      )}
    </span>
  ),
}

const subject: Column<LogItem> = {
  id: 'subject',
  header: 'About',
  cell: (row) =>
    row.serverId && row.serverName ? (
      <Link href={`/servers/${row.serverId}`} prefetch={false} className="rounded-sm hover:text-accent">
        {row.serverName}
        {row.customerName && <span className="text-ink-faint"> · {row.customerName}</span>}
      </Link>
    ) : (
      <ForeignText className="text-ink-muted">{row.subject}</ForeignText>
    ),
}

const detail: Column<LogItem> = {
  id: 'detail',
  header: 'Detail',
  from: 'wide',
  cell: (row) => <ForeignText className="text-ink-muted">{row.detail}</ForeignText>,
}

const who: Column<LogItem> = {
  id: 'who',
  header: 'Who',
  widthPx: 132,
  from: 'wide',
  cell: (row) => row.actor,
}

const address: Column<LogItem> = {
  id: 'address',
  header: 'Address',
  widthPx: 132,
  from: 'wide',
  cell: (row) => <ForeignText className="font-mono text-ink-muted text-small">{row.address}</ForeignText>,
}

const columnsOfAll = [time, kind, event, subject, detail, who, address]
const columnsOfServer = [time, kind, event, detail, who, address]
