'use client'

/** Getting things back: the snapshots of a server on a time line, and what lies in the one that is open. */
import { REFUSALS } from '@holdfast/protocol'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { formatDateTime } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { Changes } from './changes.tsx'
import { GoneOlder, GoneSnapshot } from './gone.tsx'
import { NoAnswer } from './no-answer.tsx'
import { OtherServerDialog } from './other-server-dialog.tsx'
import { type Place, usePlace } from './place.ts'
import type { FolderChoice } from './restore-dialog.tsx'
import { SearchResults } from './search-results.tsx'
import { SnapshotBrowser } from './snapshot-browser.tsx'
import { type Snapshot, SnapshotList } from './snapshot-list.tsx'
import { Toolbar } from './toolbar.tsx'

export function RestorePage({
  server,
  folders,
}: {
  server: Outputs['servers']['get']
  /** Chooses a folder of the server. */
  folders: (choice: FolderChoice) => ReactNode
}) {
  const serverId = server.id
  const trpc = useTRPC()
  const query = useQuery(trpc.restore.snapshots.queryOptions({ serverId }))
  const [place, go] = usePlace()
  const [isChoosing, setChoosing] = useState(false)
  const problem = problemOf(query.error)
  if (query.data === undefined)
    return problem ? (
      <NoAnswer problem={problem} server={server} onRetry={query.refetch} retrying={query.isFetching} />
    ) : (
      <Loading />
    )
  const { snapshots, stale } = query.data
  const fromAnother = <FromAnotherServer onChoose={() => setChoosing(true)} />
  // It stays when the first snapshots appear behind it.
  const dialog = isChoosing && (
    <OtherServerDialog serverId={serverId} serverName={server.name} onClose={() => setChoosing(false)} />
  )
  const [newest] = snapshots
  return (
    <>
      {dialog}
      {newest === undefined ? (
        <>
          <Stale stale={stale} siteZone={server.site.timeZone} />
          <EmptyState title="There is nothing to get back yet" action={fromAnother}>
            Each backup leaves a snapshot. It appears here, with every folder and file in it.
          </EmptyState>
        </>
      ) : (
        <Opened
          {...{ server, folders, place, go, snapshots, stale, newest, fromAnother }}
          onRetry={query.refetch}
          retrying={query.isFetching}
        />
      )}
    </>
  )
}

function Opened({
  server,
  folders,
  place,
  go,
  snapshots,
  stale,
  newest,
  fromAnother,
  onRetry,
  retrying,
}: Outputs['restore']['snapshots'] & {
  server: Outputs['servers']['get']
  folders: (choice: FolderChoice) => ReactNode
  place: Place
  go: (change: Partial<Place>, how?: 'push' | 'replace') => void
  newest: Snapshot
  fromAnother: ReactNode
  onRetry: () => void
  retrying: boolean
}) {
  const serverId = server.id
  const siteZone = server.site.timeZone
  const open = place.snapshot === undefined ? newest : snapshots.find(({ id }) => id === place.snapshot)
  const since = snapshots.find(({ id }) => id === place.since)
  // The same folder in another snapshot is most often what one wants to see next.
  const show = (snapshot: Snapshot, how?: 'push' | 'replace') =>
    go({ snapshot: snapshot.id, find: '', since: undefined }, how)
  const list = { snapshots, openId: open?.id, siteZone }
  return (
    <div className="lg:grid lg:grid-cols-[17.5rem_minmax(0,1fr)]">
      <aside className="sticky top-(--top-bar-height) h-[calc(100dvh-var(--top-bar-height))] border-line border-r max-lg:hidden">
        <SnapshotList {...list} onOpen={show} className="h-full pb-16" />
      </aside>
      <div className="min-w-0">
        <ChooseSnapshot {...list} open={open} onOpen={show} />
        <Stale stale={stale} siteZone={siteZone} />
        <Toolbar {...{ snapshot: open, snapshots, find: place.find, go, siteZone, fromAnother }} />
        {place.find !== '' ? (
          <SearchResults {...{ server, folders, go }} text={place.find} />
        ) : open === undefined ? (
          <GoneSnapshot
            {...{ newest, onRetry, retrying, siteZone }}
            isAllKnown={stale.length === 0}
            onOpen={show}
          />
        ) : since !== undefined ? (
          <Changes {...{ serverId, siteZone, go }} older={since} newer={open} />
        ) : place.since !== undefined ? (
          <GoneOlder onBack={() => go({ since: undefined })} />
        ) : (
          <SnapshotBrowser key={open.id} {...{ server, folders, place, go }} snapshot={open} />
        )}
      </div>
    </div>
  )
}

/** Nothing for who may not get files back. */
function FromAnotherServer({ onChoose }: { onChoose: () => void }) {
  const { data: me } = useQuery(useTRPC().session.me.queryOptions())
  if (!me?.rights.includes('restore')) return null
  return <Button onClick={onChoose}>From another server…</Button>
}

/** Repositories that could not be asked just now. */
function Stale({ stale, siteZone }: { stale: Outputs['restore']['snapshots']['stale']; siteZone: string }) {
  return stale.map(({ repositoryName, code, detail, asOf }) => (
    <div key={repositoryName} className="max-w-190 px-(--page-x) pt-3">
      <ProblemNotice
        look="warning"
        problem={{ code, ...REFUSALS[code], title: `${repositoryName}: ${REFUSALS[code].title}` }}
        detail={detail}
        lead={
          asOf && (
            <>
              What is shown of it is of <Time at={asOf} siteZone={siteZone} />.
            </>
          )
        }
      />
    </div>
  ))
}

/** The time line on a narrow screen: one line, which opens into the whole. */
function ChooseSnapshot({
  open,
  onOpen,
  ...list
}: {
  snapshots: readonly Snapshot[]
  openId: string | undefined
  siteZone: string
  open: Snapshot | undefined
  onOpen: (snapshot: Snapshot) => void
}) {
  const [choosing, setChoosing] = useState(false)
  return (
    <div className="px-(--page-x) pt-3 lg:hidden">
      <Button className="w-full [&>span]:w-full" onClick={() => setChoosing(true)}>
        {open ? (
          <>
            <span className="text-ink-muted">Snapshot of</span>
            {formatDateTime(open.at.getTime(), list.siteZone)}
          </>
        ) : (
          'Choose a snapshot'
        )}
        <ChevronDown size={16} className="ml-auto text-ink-muted" />
      </Button>
      <Dialog open={choosing} onOpen={setChoosing} title="Snapshots">
        <SnapshotList
          {...list}
          isChoice
          onOpen={(snapshot) => {
            setChoosing(false)
            onOpen(snapshot)
          }}
          className="-mx-5 max-h-[60dvh]"
        />
      </Dialog>
    </div>
  )
}

function Loading() {
  return (
    <div className="flex flex-col gap-4 px-(--page-x) py-5" role="status">
      <span className="sr-only">Asking the server for its snapshots</span>
      {['w-40', 'w-64', 'w-56', 'w-60'].map((width) => (
        <Skeleton key={width} className={`${width} max-w-full`} />
      ))}
    </div>
  )
}
