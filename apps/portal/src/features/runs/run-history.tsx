'use client'

/** All runs of a server, newest first, with the details of one beside them. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { PagePane } from '#ui/shell/page-pane.tsx'
import { Status } from '#ui/status/status.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { Bytes, Duration } from '#ui/values/amounts.tsx'
import { formatCount } from '#ui/values/format.ts'
import { Elapsed, Time } from '#ui/values/time.tsx'
import { RunPane } from './run-pane.tsx'
import type { RunListItem } from './service.ts'

export function RunHistory({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const { data: server } = useQuery(trpc.servers.get.queryOptions({ serverId }))
  const siteZone = server?.site.timeZone
  const [openId, setOpenId] = useState<string>()
  const query = useInfiniteQuery(
    trpc.runs.list.infiniteQueryOptions({ serverId }, { getNextPageParam: (page) => page.nextCursor }),
  )
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  const columns = useMemo(() => columnsFor(siteZone), [siteZone])
  return (
    <>
      <Table
        label="Backups"
        columns={columns}
        rows={rows}
        rowKey={(run) => run.id}
        problem={rows ? undefined : (problemOf(query.error) ?? undefined)}
        onRetry={query.refetch}
        openKey={openId}
        onOpen={(run) => setOpenId(run.id)}
        empty={
          <EmptyState title="No backup has run yet">
            Each one appears here with its outcome, its counts and its snapshot.
          </EmptyState>
        }
        footer={
          query.hasNextPage && (
            <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
              Show older
            </Button>
          )
        }
      />
      {openId && (
        <PagePane>
          <RunPane runId={openId} siteZone={siteZone} onClose={() => setOpenId(undefined)} />
        </PagePane>
      )}
    </>
  )
}

const WHY: Readonly<Record<RunListItem['why'], string>> = {
  asked: 'Asked for',
  schedule: 'Schedule',
  missed: 'Made up for',
}

function columnsFor(siteZone: string | undefined): Column<RunListItem>[] {
  return [
    { id: 'state', header: 'Status', cell: (run) => <Status kind="run" state={run.state} /> },
    {
      id: 'started',
      header: 'Started',
      cell: (run) => <Time at={run.startedAt} siteZone={siteZone} />,
      widthPx: 120,
    },
    {
      id: 'took',
      header: 'Took',
      cell: (run) =>
        run.finishedAt ? (
          <Duration ms={Number(run.finishedAt) - Number(run.startedAt)} />
        ) : (
          <Elapsed since={run.startedAt} />
        ),
      widthPx: 100,
    },
    { id: 'plan', header: 'Plan', cell: (run) => run.planName, from: 'wide', widthPx: 200 },
    { id: 'why', header: 'Why', cell: (run) => WHY[run.why], from: 'wide', widthPx: 100 },
    {
      id: 'files',
      header: 'New, changed',
      cell: (run) => (run.snapshotId ? `${formatCount(run.filesNew)}, ${formatCount(run.filesChanged)}` : ''),
      align: 'end',
      from: 'wide',
      widthPx: 130,
    },
    {
      id: 'processed',
      header: 'Data',
      cell: (run) => (run.snapshotId ? <Bytes of={run.bytesProcessed} /> : ''),
      align: 'end',
      from: 'medium',
      widthPx: 100,
    },
    {
      id: 'added',
      header: 'Added',
      cell: (run) => (run.snapshotId ? <Bytes of={run.bytesAdded} /> : ''),
      align: 'end',
      from: 'wide',
      widthPx: 100,
    },
    {
      id: 'snapshot',
      header: 'Snapshot',
      cell: (run) => <span className="font-mono text-small">{run.snapshotId?.slice(0, 8)}</span>,
      from: 'medium',
      widthPx: 100,
    },
  ]
}
