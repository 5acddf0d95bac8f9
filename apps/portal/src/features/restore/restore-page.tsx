'use client'

/** Getting things back: the snapshots of a server on a time line, and what lies in the one that is open. */
import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { formatDateTime } from '#ui/values/format.ts'
import { NoAnswer } from './no-answer.tsx'
import { usePlace } from './place.ts'
import { SnapshotBrowser } from './snapshot-browser.tsx'
import { type Snapshot, SnapshotList } from './snapshot-list.tsx'

export function RestorePage({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const server = useQuery(trpc.servers.get.queryOptions({ serverId })).data
  const query = useQuery(trpc.restore.snapshots.queryOptions({ serverId }))
  const [place, go] = usePlace()
  const problem = problemOf(query.error)
  if (server === undefined) return null
  if (query.data === undefined)
    return problem ? (
      <NoAnswer problem={problem} server={server} onRetry={query.refetch} retrying={query.isFetching} />
    ) : (
      <Loading />
    )
  const { snapshots } = query.data
  const [newest] = snapshots
  if (newest === undefined)
    return (
      <EmptyState title="There is nothing to get back yet">
        Each backup leaves a snapshot. It appears here, with every folder and file in it.
      </EmptyState>
    )
  const siteZone = server.site.timeZone
  const open = snapshots.find(({ id }) => id === place.snapshot) ?? newest
  // The same folder in another snapshot is most often what one wants to see next.
  const show = (snapshot: Snapshot) => go({ snapshot: snapshot.id, find: '', since: undefined })
  const list = { snapshots, openId: open.id, siteZone }
  return (
    <div className="lg:grid lg:grid-cols-[17.5rem_minmax(0,1fr)]">
      <aside className="sticky top-(--top-bar-height) h-[calc(100dvh-var(--top-bar-height))] border-line border-r max-lg:hidden">
        <SnapshotList {...list} onOpen={show} className="h-full pb-16" />
      </aside>
      <div className="min-w-0">
        <ChooseSnapshot {...list} open={open} onOpen={show} />
        <SnapshotBrowser key={open.id} server={server} snapshot={open} place={place} go={go} />
      </div>
    </div>
  )
}

/** The time line on a narrow screen: one line, which opens into the whole. */
function ChooseSnapshot({
  open,
  onOpen,
  ...list
}: {
  snapshots: readonly Snapshot[]
  openId: string
  siteZone: string
  open: Snapshot
  onOpen: (snapshot: Snapshot) => void
}) {
  const [choosing, setChoosing] = useState(false)
  return (
    <div className="px-(--page-x) pt-3 lg:hidden">
      <Button className="w-full justify-between" onClick={() => setChoosing(true)}>
        <span className="text-ink-muted">Snapshot of</span>
        {formatDateTime(open.at.getTime(), list.siteZone)}
        <ChevronDown size={16} className="text-ink-muted" />
      </Button>
      <Dialog open={choosing} onOpen={setChoosing} title="Snapshots">
        <SnapshotList
          {...list}
          onOpen={(snapshot) => {
            setChoosing(false)
            onOpen(snapshot)
          }}
          className="-mx-5 h-[60dvh]"
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
