'use client'

/** What lies in one snapshot: folder by folder, with a box on everything that can be brought back. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo, useRef, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { type FileEntry, FileList } from '#ui/folders/file-list.tsx'
import { PathBar } from '#ui/folders/path-bar.tsx'
import { commonFolder, inSnapshot, parentFolder, pathParts } from '#ui/folders/path-parts.ts'
import { PagePane } from '#ui/shell/page-pane.tsx'
import { formatDateTime } from '#ui/values/format.ts'
import { BeingRead } from './being-read.tsx'
import { Chosen } from './chosen.tsx'
import { FilePane } from './file-pane.tsx'
import { NoAnswer } from './no-answer.tsx'
import type { Place } from './place.ts'
import { type FolderChoice, RestoreDialog } from './restore-dialog.tsx'
import type { Snapshot } from './snapshot-list.tsx'

/** How often a snapshot that is still being read is asked about. */
const ASK_AGAIN_MS = 1_000

export function SnapshotBrowser({
  server,
  snapshot,
  folders,
  place,
  go,
}: {
  server: Outputs['servers']['get']
  snapshot: Snapshot
  folders: (choice: FolderChoice) => ReactNode
  place: Place
  go: (change: Partial<Place>) => void
}) {
  // Where the first thing that was backed up lies, and not five folders above it.
  const folder = place.folder ?? commonFolder(snapshot.paths.map(inSnapshot))
  const trpc = useTRPC()
  const siteZone = server.site.timeZone
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [isRestoring, setRestoring] = useState(false)
  const [openFile, setOpenFile] = useState<string>()
  /** All that was seen of this snapshot: what is chosen may lie in another folder than the one that is open. */
  const seen = useRef(new Map<string, FileEntry>())
  const query = useInfiniteQuery(
    trpc.restore.folder.infiniteQueryOptions(
      { serverId: server.id, repositoryId: snapshot.repositoryId, snapshotId: snapshot.id, folder },
      {
        getNextPageParam: (page) => page.nextCursor,
        placeholderData: keepPreviousData,
        // A snapshot never changes.
        staleTime: Number.POSITIVE_INFINITY,
        refetchInterval: ({ state }) => (state.data?.pages[0]?.reading ? ASK_AGAIN_MS : false),
      },
    ),
  )
  const first = query.data?.pages[0]
  const entries = useMemo(() => {
    const all = query.data?.pages.flatMap((page) => page.entries)
    for (const entry of all ?? []) seen.current.set(entry.path, entry)
    return all
  }, [query.data])
  const problem = problemOf(query.error)
  const chosenEntries = chosen.flatMap((path) => seen.current.get(path) ?? [])
  const when = formatDateTime(snapshot.at.getTime(), siteZone)

  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-(--page-x) py-2">
        <PathBar root="All folders" parts={pathParts(folder)} onGo={(path) => go({ folder: path })} />
      </div>
      {problem?.code === 'server_offline' ? (
        <NoAnswer problem={problem} server={server} onRetry={query.refetch} retrying={query.isFetching} />
      ) : first?.reading ? (
        <BeingRead reading={first.reading} />
      ) : (
        <FileList
          label={`${folder === '/' ? 'All folders' : folder}, as of ${when}`}
          folder={folder}
          entries={query.isPlaceholderData ? undefined : entries}
          problem={problem ?? undefined}
          onRetry={query.refetch}
          chosen={chosen}
          onChosen={setChosen}
          openPath={openFile}
          onOpen={(entry) => (entry.kind === 'folder' ? go({ folder: entry.path }) : setOpenFile(entry.path))}
          onUp={folder === '/' ? undefined : () => go({ folder: parentFolder(folder) })}
          siteZone={siteZone}
          empty={<EmptyState title="Nothing was in this folder" />}
          footer={
            query.hasNextPage && (
              <Button onClick={() => query.fetchNextPage()} pending={query.isFetchingNextPage}>
                Show more
              </Button>
            )
          }
        />
      )}
      <Chosen
        serverId={server.id}
        snapshot={snapshot}
        entries={chosenEntries}
        onClear={() => setChosen([])}
        restore={
          <Button look="primary" onClick={() => setRestoring(true)}>
            Restore…
          </Button>
        }
      />
      {isRestoring && (
        <RestoreDialog
          {...{ server, snapshot, folders }}
          entries={chosenEntries}
          onClose={() => setRestoring(false)}
        />
      )}
      {openFile !== undefined && (
        <PagePane>
          <FilePane
            {...{ server, folders }}
            repositoryId={snapshot.repositoryId}
            path={openFile}
            openSnapshotId={snapshot.id}
            onShow={(id) => go({ snapshot: id, folder: parentFolder(openFile), find: '', since: undefined })}
            onClose={() => setOpenFile(undefined)}
          />
        </PagePane>
      )}
    </>
  )
}
