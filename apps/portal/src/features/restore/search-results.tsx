'use client'

/** What has a name that somebody looks for, in all snapshots of a server. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { parentFolder } from '#ui/folders/path-parts.ts'
import { PagePane } from '#ui/shell/page-pane.tsx'
import { type Column, Table } from '#ui/table/table.tsx'
import { Bytes } from '#ui/values/amounts.tsx'
import { PathText } from '#ui/values/foreign.tsx'
import { formatCount, formatCounted } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { FilePane } from './file-pane.tsx'
import type { Place } from './place.ts'
import type { FolderChoice } from './restore-dialog.tsx'

type Found = Outputs['restore']['search']['found'][number]

/** While snapshots are still being read, more may be found. */
const ASK_AGAIN_MS = 2_000

export function SearchResults({
  server,
  folders,
  text,
  go,
}: {
  server: Outputs['servers']['get']
  /** Chooses a folder of the server. */
  folders: (choice: FolderChoice) => ReactNode
  text: string
  go: (change: Partial<Place>) => void
}) {
  const serverId = server.id
  const query = useQuery(
    useTRPC().restore.search.queryOptions(
      { serverId, text },
      {
        placeholderData: keepPreviousData,
        refetchInterval: ({ state: { data } }) =>
          data && data.snapshotsRead < data.snapshotsKnown ? ASK_AGAIN_MS : false,
      },
    ),
  )
  const [open, setOpen] = useState<Found>()
  const problem = problemOf(query.error)
  const { data } = query
  const show = (found: Found) =>
    found.kind === 'folder' ? go({ snapshot: found.last.id, folder: found.path, find: '' }) : setOpen(found)
  return (
    <>
      <p role="status" className="min-h-8 px-(--page-x) pt-2 pb-1 text-ink-muted text-small">
        {data && foundInWords(data)}
      </p>
      <Table
        label={`Found: ${text}`}
        columns={columnsFor(server.site.timeZone)}
        rows={query.isPlaceholderData ? undefined : data?.found}
        rowKey={(found) => `${found.repositoryId} ${found.path}`}
        view={text}
        problem={data ? undefined : (problem ?? undefined)}
        onRetry={query.refetch}
        openKey={open && `${open.repositoryId} ${open.path}`}
        onOpen={show}
        empty={<EmptyState title="No file or folder of this name is in any snapshot" />}
      />
      {open && (
        <PagePane>
          <FilePane
            {...{ server, folders }}
            repositoryId={open.repositoryId}
            path={open.path}
            openSnapshotId={open.last.id}
            onShow={(snapshot) => go({ snapshot, folder: parentFolder(open.path), find: '' })}
            onClose={() => setOpen(undefined)}
          />
        </PagePane>
      )}
    </>
  )
}

function foundInWords({ found, isCut, snapshotsRead, snapshotsKnown }: Outputs['restore']['search']): string {
  const parts = [
    isCut
      ? `The first ${formatCount(found.length)}. Type more to see fewer.`
      : formatCounted(found.length, 'name'),
    snapshotsRead < snapshotsKnown &&
      `Looked through ${formatCount(snapshotsRead)} of ${formatCounted(snapshotsKnown, 'snapshot')}; the server reads the others.`,
  ]
  return parts.filter(Boolean).join(' ')
}

function columnsFor(siteZone: string): Column<Found>[] {
  return [
    { id: 'path', header: 'Name', cell: ({ path }) => <PathText path={path} /> },
    {
      id: 'versions',
      header: 'Versions',
      align: 'end',
      widthPx: 84,
      from: 'medium',
      cell: ({ versions, kind }) => (kind === 'file' ? formatCount(versions) : ''),
    },
    {
      id: 'size',
      header: 'Size',
      align: 'end',
      widthPx: 96,
      cell: ({ sizeBytes, kind }) => (kind === 'file' && sizeBytes !== null ? <Bytes of={sizeBytes} /> : ''),
    },
    {
      id: 'last',
      header: 'Last seen',
      widthPx: 120,
      from: 'medium',
      cell: ({ last }) => <Time at={last.at} siteZone={siteZone} />,
    },
  ]
}
