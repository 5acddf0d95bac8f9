'use client'

/** An address names a snapshot that is not there: another one in its place would show files of another day. */
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { formatDateTime } from '#ui/values/format.ts'
import type { Snapshot } from './snapshot-list.tsx'

export function GoneSnapshot({
  newest,
  isAllKnown,
  onOpen,
  onRetry,
  retrying,
  siteZone,
}: {
  newest: Snapshot
  /** Every repository has said what it holds. */
  isAllKnown: boolean
  onOpen: (snapshot: Snapshot) => void
  onRetry: () => void
  retrying: boolean
  siteZone: string
}) {
  return (
    <EmptyState
      title={isAllKnown ? 'This snapshot is not there any more' : 'This snapshot is not there'}
      action={
        <div className="flex flex-wrap gap-2">
          <Button look="primary" onClick={() => onOpen(newest)}>
            Open the newest, of {formatDateTime(newest.at.getTime(), siteZone)}
          </Button>
          <Button onClick={onRetry} pending={retrying}>
            Look again
          </Button>
        </div>
      }
    >
      {isAllKnown
        ? 'The address of this page names one that none of the server’s repositories holds: it was removed since, as its plan says, or by hand. Choose another one, or find a name in all that stay.'
        : 'The address of this page names one that is not among those that are known just now. It may lie in the repository that does not answer. Look again later, or choose another one.'}
    </EmptyState>
  )
}

/** The same, of the older side of a comparison. */
export function GoneOlder({ onBack }: { onBack: () => void }) {
  return (
    <EmptyState
      title="The older snapshot is not there any more"
      action={<Button onClick={onBack}>Back to the folders</Button>}
    >
      It was removed since, so nothing can be compared with it. “Compare…” offers those that stay.
    </EmptyState>
  )
}
