'use client'

/** What became different from one snapshot to a later one. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { parentFolder } from '#ui/folders/path-parts.ts'
import { SearchField } from '#ui/forms/search-field.tsx'
import { Select } from '#ui/forms/select.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { PathText } from '#ui/values/foreign.tsx'
import { formatBytes, formatCounted, formatDateTime } from '#ui/values/format.ts'
import { BeingRead } from './being-read.tsx'
import type { Place } from './place.ts'
import type { Snapshot } from './snapshot-list.tsx'

type Change = Outputs['restore']['compare']['changes'][number]

const ASK_AGAIN_MS = 1_000
/** Who types is not asked for after each letter. */
const TYPED_AFTER_MS = 300

const KINDS = [
  { value: 'all', label: 'All changes' },
  { value: 'added', label: 'Added' },
  { value: 'changed', label: 'Changed' },
  { value: 'removed', label: 'Removed' },
] as const

export function Changes({
  serverId,
  older,
  newer,
  siteZone,
  go,
}: {
  serverId: string
  older: Snapshot
  newer: Snapshot
  siteZone: string
  go: (change: Partial<Place>) => void
}) {
  const [only, setOnly] = useState<(typeof KINDS)[number]['value']>('all')
  const [typed, setTyped] = useState('')
  const [text, setText] = useState('')
  useEffect(() => {
    const waiting = setTimeout(() => setText(typed.trim()), TYPED_AFTER_MS)
    return () => clearTimeout(waiting)
  }, [typed])
  const isFiltered = only !== 'all' || text !== ''
  const query = useInfiniteQuery(
    useTRPC().restore.compare.infiniteQueryOptions(
      {
        ...{ serverId, repositoryId: newer.repositoryId, older: older.id, newer: newer.id, folder: null },
        ...(only !== 'all' && { only }),
        ...(text !== '' && { text }),
      },
      {
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
        refetchInterval: ({ state }) => (state.data?.pages[0]?.reading ? ASK_AGAIN_MS : false),
      },
    ),
  )
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.changes), [query.data])
  const problem = problemOf(query.error)
  const reading = query.data?.pages[0]?.reading
  const when = ({ at }: Snapshot) => formatDateTime(at.getTime(), siteZone)
  /** What was removed is still there in the older one. */
  const show = ({ change, path }: Change) =>
    go({
      snapshot: change === 'removed' ? older.id : newer.id,
      folder: parentFolder(path),
      since: undefined,
    })
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-(--page-x) py-2">
        <p className="mr-auto">
          What changed from <span className="font-medium">{when(older)}</span> to{' '}
          <span className="font-medium">{when(newer)}</span>
        </p>
        <Button size="small" onClick={() => go({ since: undefined })}>
          Back to the folders
        </Button>
      </div>
      {reading ? null : (
        <div className="flex flex-wrap items-center gap-2 px-(--page-x) pb-3">
          <SearchField
            label="Find in these changes"
            value={typed}
            onValue={setTyped}
            className="min-w-56 max-w-80 flex-1"
          />
          <Select
            label="Kind of change"
            isLabelHidden
            options={KINDS}
            value={only}
            onValue={setOnly}
            className="w-40 max-sm:flex-1"
          />
        </div>
      )}
      {reading ? (
        <BeingRead reading={reading} />
      ) : (
        <Table
          label="Changes"
          columns={columns}
          rows={query.isPlaceholderData ? undefined : rows}
          rowKey={({ path, change }) => `${change} ${path}`}
          view={`${older.id} ${newer.id} ${only} ${text}`}
          problem={rows ? undefined : (problem ?? undefined)}
          onRetry={query.refetch}
          onOpen={show}
          empty={
            <EmptyState
              title={isFiltered ? 'No such change between the two' : 'Nothing changed between the two'}
            />
          }
          footer={
            query.hasNextPage && (
              <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
                Show more
              </Button>
            )
          }
        />
      )}
    </>
  )
}

const WORDS = {
  added: { sign: '+', word: 'Added', tone: 'text-good' },
  removed: { sign: '−', word: 'Removed', tone: 'text-bad' },
  changed: { sign: '≠', word: 'Changed', tone: 'text-ink-muted' },
} as const

const columns: Column<Change>[] = [
  {
    id: 'change',
    header: 'Change',
    widthPx: 110,
    cell: ({ change }) => (
      <span className={WORDS[change].tone}>
        <span aria-hidden="true" className="inline-block w-4 font-mono">
          {WORDS[change].sign}
        </span>
        {WORDS[change].word}
      </span>
    ),
  },
  { id: 'path', header: 'Name', cell: ({ path }) => <PathText path={path} /> },
  {
    id: 'size',
    header: 'Size',
    align: 'end',
    widthPx: 180,
    from: 'medium',
    cell: sizeInWords,
  },
]

function sizeInWords({ kind, change, bytesBefore, bytesAfter, filesBefore, filesAfter }: Change): string {
  if (kind === 'folder')
    return change === 'changed' ? '' : formatCounted(change === 'added' ? filesAfter : filesBefore, 'file')
  if (kind !== 'file') return ''
  if (change === 'added') return formatBytes(bytesAfter)
  if (change === 'removed') return formatBytes(bytesBefore)
  return bytesBefore === bytesAfter
    ? formatBytes(bytesAfter)
    : `${formatBytes(bytesBefore)} → ${formatBytes(bytesAfter)}`
}
