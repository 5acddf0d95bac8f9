'use client'

/** What was restored onto a server: when, by whom, what, and what came of it. Nothing where nothing ever was. */
import { REFUSALS } from '@holdfast/protocol'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { PagePane } from '#ui/shell/page-pane.tsx'
import { RightPane } from '#ui/shell/right-pane.tsx'
import { Facts, Section } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { PathText } from '#ui/values/foreign.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { AbsoluteTimes, Time } from '#ui/values/time.tsx'
import { RestoredItems } from './restored-items.tsx'
import type { RestoreListItem } from './restores.ts'
import { CONFLICT_WORDS, resultInWords, written } from './result-words.ts'

const SHOWN_FIRST = 5

export function RestoreHistory({ serverId, siteZone }: { serverId: string; siteZone?: string }) {
  const query = useInfiniteQuery(
    useTRPC().restore.list.infiniteQueryOptions(
      { serverId, limit: SHOWN_FIRST },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  )
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data])
  const columns = useMemo(() => columnsFor(siteZone), [siteZone])
  const [openId, setOpenId] = useState<string>()
  const open = rows?.find(({ id }) => id === openId)
  if (!rows || rows.length === 0) return null
  return (
    <Section title="Restores">
      <Table
        label="Restores"
        columns={columns}
        rows={rows}
        rowKey={(restore) => restore.id}
        openKey={openId}
        onOpen={(restore) => setOpenId(restore.id)}
        empty={null}
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
          <RestorePane restore={open} siteZone={siteZone} onClose={() => setOpenId(undefined)} />
        </PagePane>
      )}
    </Section>
  )
}

function columnsFor(siteZone: string | undefined): Column<RestoreListItem>[] {
  return [
    { id: 'state', header: 'Status', cell: (restore) => <StateOf restore={restore} />, widthPx: 150 },
    {
      id: 'at',
      header: 'Asked',
      cell: (restore) => <Time at={restore.createdAt} siteZone={siteZone} />,
      widthPx: 110,
    },
    { id: 'what', header: 'What came of it', cell: inWords, from: 'medium' },
    { id: 'who', header: 'By', cell: (restore) => restore.requestedByName, from: 'wide', widthPx: 160 },
  ]
}

function StateOf({ restore }: { restore: RestoreListItem }) {
  return restore.result ? (
    <Status kind="run" state={restore.result.state} />
  ) : (
    <Status kind="command" state={restore.state} />
  )
}

function inWords({ result, code }: RestoreListItem): string {
  if (result?.counts) return resultInWords(result.counts, false)
  const why = result?.errorCode ?? code
  return why ? REFUSALS[why].title : ''
}

function RestorePane({
  restore,
  siteZone,
  onClose,
}: {
  restore: RestoreListItem
  siteZone: string | undefined
  onClose: () => void
}) {
  const { wanted, result, code, detail, createdAt, requestedByName } = restore
  const { paths, target, conflict, snapshotId } = wanted
  const why = result ? result.errorCode : code
  const counts = result?.counts
  return (
    <RightPane kind="Restore" title={<StateOf restore={restore} />} onClose={onClose}>
      {why && (
        <ProblemNotice
          problem={{ code: why, ...REFUSALS[why] }}
          look={result?.state === 'warning' ? 'warning' : 'problem'}
          detail={result ? result.errorDetail : detail}
        />
      )}
      {counts && <p className="font-medium">{resultInWords(counts, false)}</p>}
      {counts && <RestoredItems items={result.items} total={written(counts) + counts.kept + counts.failed} />}
      <Facts
        facts={[
          { name: 'Asked', value: <AbsoluteTimes atMs={createdAt.getTime()} siteZone={siteZone} /> },
          { name: 'By', value: requestedByName },
          { name: 'Snapshot', value: <span className="font-mono text-small">{snapshotId.slice(0, 8)}</span> },
          {
            name: 'Where to',
            value:
              target.kind === 'original' ? (
                'To where it was'
              ) : (
                <PathText path={target.folder} className="font-mono text-small" />
              ),
          },
          { name: 'Conflicts', value: CONFLICT_WORDS[conflict].label },
        ]}
      />
      <div className="flex flex-col gap-1.5">
        <h3 className="font-medium">{formatCounted(paths.length, 'item')} chosen</h3>
        <ul className="max-h-60 overflow-y-auto rounded-md border border-line">
          {paths.map((path) => (
            <li key={path} className="not-last:border-line not-last:border-b px-3 py-1">
              <PathText path={path} className="font-mono text-small" />
            </li>
          ))}
        </ul>
      </div>
    </RightPane>
  )
}
