'use client'

/** What is chosen of a snapshot, and what can be done with it: always in sight while something is. */
import { DOWNLOAD } from '@holdfast/protocol'
import { Download } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '#ui/controls/button.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import type { FileEntry } from '#ui/folders/file-list.tsx'
import { formatBytes, formatCounted } from '#ui/values/format.ts'
import type { Snapshot } from './snapshot-list.tsx'
import { useDownload } from './use-download.ts'

export function Chosen({
  serverId,
  snapshot,
  entries,
  onClear,
  restore,
}: {
  serverId: string
  snapshot: Snapshot
  entries: readonly FileEntry[]
  onClear: () => void
  /** The button that leads to the restore. */
  restore: ReactNode
}) {
  const { download, isAsking, problem } = useDownload(serverId)
  const [first] = entries
  const bytes = entries.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
  if (first === undefined) return null
  const isOneFile = entries.length === 1 && first.kind === 'file'
  const whyNotDownload = entries.some(({ kind }) => kind === 'link' || kind === 'other')
    ? 'Only files and folders can be downloaded.'
    : entries.length > DOWNLOAD.pathsMax
      ? `At most ${DOWNLOAD.pathsMax} items at a time. A folder counts as one, with all that is in it.`
      : undefined
  return (
    <section
      aria-label="Chosen"
      className="sticky bottom-0 z-10 flex flex-col gap-2 border-line border-t bg-raised px-(--page-x) py-2"
    >
      {problem && <ProblemNotice problem={problem} detail={problem.detail} />}
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto min-w-0 py-1 max-sm:w-full">
          {formatCounted(entries.length, 'item')} chosen
          {bytes > 0 && <span className="text-ink-muted">, {formatBytes(bytes)}</span>}
        </p>
        <Button look="quiet" onClick={onClear}>
          Clear
        </Button>
        <Button
          icon={<Download size={16} />}
          disabled={whyNotDownload !== undefined}
          title={whyNotDownload}
          pending={isAsking}
          onClick={() =>
            download({ repositoryId: snapshot.repositoryId, snapshotId: snapshot.id, items: entries })
          }
        >
          {isOneFile ? 'Download' : 'Download as zip'}
        </Button>
        {restore}
      </div>
    </section>
  )
}
