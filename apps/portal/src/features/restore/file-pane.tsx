'use client'

/** One file of a snapshot in all its versions: which one to get back is most often the question. */
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { nameOf } from '#ui/folders/path-parts.ts'
import { RightPane } from '#ui/shell/right-pane.tsx'
import { Bytes } from '#ui/values/amounts.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { formatDateTime } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { type FolderChoice, RestoreDialog } from './restore-dialog.tsx'
import { useDownload } from './use-download.ts'

type Version = Outputs['restore']['versions']['versions'][number]

export function FilePane({
  server,
  folders,
  repositoryId,
  path,
  openSnapshotId,
  onShow,
  onClose,
}: {
  server: Outputs['servers']['get']
  /** Chooses a folder of the server. */
  folders: (choice: FolderChoice) => ReactNode
  repositoryId: string
  path: string
  openSnapshotId: string
  /** Opens the snapshot that holds a version. */
  onShow: (snapshotId: string) => void
  onClose: () => void
}) {
  const serverId = server.id
  const siteZone = server.site.timeZone
  const [restoring, setRestoring] = useState<Version>()
  const query = useQuery(useTRPC().restore.versions.queryOptions({ serverId, repositoryId, path }))
  const { download, isAsking, problem: notDownloaded } = useDownload(serverId)
  const problem = problemOf(query.error)
  return (
    <RightPane kind="File" title={<ForeignText>{nameOf(path)}</ForeignText>} onClose={onClose}>
      <PathText path={path} className="font-mono text-small" />
      {notDownloaded && <ProblemNotice problem={notDownloaded} detail={notDownloaded.detail} />}
      {query.data ? (
        <div className="flex flex-col gap-2">
          <h3 className="font-medium">Versions</h3>
          <ol className="rounded-md border border-line">
            {query.data.versions.map((version) => {
              const { first, last, sizeBytes, modifiedAt, kind } = version
              return (
                <li
                  key={first.id}
                  className="flex flex-wrap items-center gap-2 not-last:border-line not-last:border-b px-3 py-2"
                  aria-current={last.id === openSnapshotId ? 'true' : undefined}
                >
                  <span className="flex w-full min-w-0 flex-col">
                    <span>
                      Changed{' '}
                      {modifiedAt ? <DayAndTime at={modifiedAt} siteZone={siteZone} /> : 'at an unknown time'}
                      {sizeBytes !== null && (
                        <>
                          , <Bytes of={sizeBytes} />
                        </>
                      )}
                    </span>
                    <span className="text-ink-muted text-small">
                      In snapshots from <Time at={first.at} siteZone={siteZone} />
                      {first.id !== last.id && (
                        <>
                          {' '}
                          to <Time at={last.at} siteZone={siteZone} />
                        </>
                      )}
                    </span>
                  </span>
                  <Button size="small" onClick={() => setRestoring(version)}>
                    Restore…
                  </Button>
                  {kind === 'file' && (
                    <Button
                      size="small"
                      pending={isAsking}
                      onClick={() => download({ repositoryId, snapshotId: last.id, items: [{ path, kind }] })}
                    >
                      Download
                    </Button>
                  )}
                  <Button size="small" look="quiet" onClick={() => onShow(last.id)}>
                    Show
                  </Button>
                </li>
              )
            })}
          </ol>
          {!query.data.isComplete && (
            <p className="text-ink-muted text-small">
              The server still reads some snapshots. There may be more versions.
            </p>
          )}
        </div>
      ) : problem ? (
        <ErrorState problem={problem} detail={problem.detail} onRetry={query.refetch} />
      ) : (
        <Skeleton className="w-48" />
      )}
      {restoring && (
        <RestoreDialog
          {...{ server, folders }}
          snapshot={{ ...restoring.last, repositoryId }}
          entries={[{ ...restoring, path, name: nameOf(path) }]}
          onClose={() => setRestoring(undefined)}
        />
      )}
    </RightPane>
  )
}

/** Whoever asks for yesterday's letter knows the day; whoever has just lost it, how long ago that was. */
function DayAndTime({ at, siteZone }: { at: Date; siteZone: string }) {
  return (
    <>
      {formatDateTime(Number(at), siteZone)} (<Time at={at} siteZone={siteZone} />)
    </>
  )
}
