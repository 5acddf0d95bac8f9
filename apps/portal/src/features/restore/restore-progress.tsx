'use client'

/** How far a restore is. */
import { useRestoreProgress } from '#trpc/live.tsx'
import { ProgressBar } from '#ui/feedback/progress-bar.tsx'
import { PathText } from '#ui/values/foreign.tsx'
import { formatBytes, formatCount, formatPercent } from '#ui/values/format.ts'

const PHASES = {
  reading: 'Looking at what is there',
  fetching: 'Fetching from the repository',
  placing: 'Putting files in their places',
} as const

export function RestoreProgress({ serverId, restoreId }: { serverId: string; restoreId: string }) {
  const progress = useRestoreProgress(serverId, restoreId)
  const total = progress?.bytesTotal
  const share = progress && total ? progress.bytesDone / total : null
  return (
    <div className="flex min-w-0 flex-col gap-2 tabular-nums">
      <div className="flex items-baseline justify-between gap-4">
        <span>{progress ? PHASES[progress.phase] : 'The server begins'}</span>
        <span className="text-ink-muted">{share === null ? '' : formatPercent(share)}</span>
      </div>
      <ProgressBar label="Restore progress" share={share} className="h-1.5" />
      <div className="flex h-4 min-w-0 gap-4 text-ink-muted text-small">
        {progress && (
          <>
            <span className="shrink-0">
              {formatCount(progress.filesDone)}
              {progress.filesTotal !== null && ` of ${formatCount(progress.filesTotal)}`} files
            </span>
            <span className="shrink-0">{formatBytes(progress.bytesDone)}</span>
            {progress.currentFile && <PathText path={progress.currentFile} className="font-mono text-tiny" />}
          </>
        )}
      </div>
    </div>
  )
}
