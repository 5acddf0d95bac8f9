'use client'

/** What one can look for above the folders: a name in every snapshot, and what changed since an older one. */
import { type ReactNode, useEffect, useState } from 'react'
import { Button } from '#ui/controls/button.tsx'
import { SearchField } from '#ui/forms/search-field.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import type { Place } from './place.ts'
import { type Snapshot, SnapshotList } from './snapshot-list.tsx'

/** Who types is not asked for after each letter. */
const TYPED_AFTER_MS = 300

export function Toolbar({
  snapshot,
  snapshots,
  find,
  go,
  siteZone,
  fromAnother,
}: {
  /** The open one; undefined where the one that was wanted is gone. */
  snapshot: Snapshot | undefined
  snapshots: readonly Snapshot[]
  find: string
  go: (change: Partial<Place>, how?: 'push' | 'replace') => void
  siteZone: string
  /** The button that opens the snapshots of another server here. */
  fromAnother: ReactNode
}) {
  const [text, setText] = useState(find)
  const [choosing, setChoosing] = useState(false)
  const older = snapshots.filter(
    ({ at, repositoryId }) => snapshot && repositoryId === snapshot.repositoryId && at < snapshot.at,
  )

  // The back button, and an opened result, change what is looked for as well.
  useEffect(() => setText(find), [find])
  useEffect(() => {
    if (text.trim() === find) return
    const typed = setTimeout(() => go({ find: text.trim(), since: undefined }, 'replace'), TYPED_AFTER_MS)
    return () => clearTimeout(typed)
  }, [text, find, go])

  return (
    <div className="flex flex-wrap items-center gap-2 px-(--page-x) pt-3">
      <SearchField
        label="Find a name in every snapshot"
        value={text}
        onValue={setText}
        className="min-w-56 max-w-110 flex-1"
      />
      {snapshot && (
        <Button
          disabled={older.length === 0}
          title={older.length === 0 ? 'There is no older snapshot in this repository.' : undefined}
          onClick={() => setChoosing(true)}
        >
          Compare…
        </Button>
      )}
      {fromAnother}
      <Dialog
        open={choosing}
        onOpen={setChoosing}
        title="Compare with which snapshot?"
        description="What was added, removed or changed since then is shown."
      >
        <SnapshotList
          snapshots={older}
          openId={undefined}
          isChoice
          siteZone={siteZone}
          onOpen={({ id }) => {
            setChoosing(false)
            go({ since: id, find: '' })
          }}
          className="-mx-5 max-h-[50dvh]"
        />
      </Dialog>
    </div>
  )
}
