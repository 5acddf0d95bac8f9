'use client'

/**
 * Getting something back onto the server. Where to and what becomes of what is there are chosen first; then the server
 * tries it out, and says what would happen; and only then it happens.
 *
 *   choose ──► tried out ──► restored
 *     └────────────────────────┘  without trying it out, for who knows
 */
import type { ConflictRule } from '@holdfast/protocol'
import { type ReactNode, useState } from 'react'
import type { Outputs } from '#trpc/root.ts'
import { serverPath } from '#trpc/server-path.ts'
import { Button } from '#ui/controls/button.tsx'
import { Notice } from '#ui/feedback/notice.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import type { FileEntry } from '#ui/folders/file-list.tsx'
import { RadioChoice } from '#ui/forms/radio-choice.tsx'
import { Dialog } from '#ui/overlays/dialog.tsx'
import { showForeignText, splitPath } from '#ui/values/foreign-text.ts'
import { formatBytes, formatCounted, formatDateTime } from '#ui/values/format.ts'
import { RestoreProgress } from './restore-progress.tsx'
import { RestoredItems } from './restored-items.tsx'
import { CONFLICT_WORDS, resultInWords, written } from './result-words.ts'
import type { Snapshot } from './snapshot-list.tsx'
import { useRestore } from './use-restore.ts'

export type FolderChoice = {
  readonly chosen: readonly string[]
  readonly onChosen: (chosen: string[]) => void
}

const CONFLICTS = (['replace', 'keepBoth', 'keepExisting'] as const).map((value) => ({
  value,
  ...CONFLICT_WORDS[value],
}))

export function RestoreDialog({
  server,
  snapshot,
  entries,
  folders,
  onClose,
}: {
  server: Outputs['servers']['get']
  snapshot: Pick<Snapshot, 'id' | 'at' | 'repositoryId'>
  entries: readonly FileEntry[]
  /** Chooses a folder of the server. */
  folders: (choice: FolderChoice) => ReactNode
  onClose: () => void
}) {
  const [where, setWhere] = useState<'original' | 'folder'>('original')
  const [folder, setFolder] = useState<string>()
  const [conflict, setConflict] = useState<ConflictRule>('replace')
  const trial = useRestore()
  const restore = useRestore()

  const target = where === 'original' ? ({ kind: 'original' } as const) : targetOf(folder)
  const ask = (dryRun: boolean) => {
    if (target === null) return
    const { repositoryId, id: snapshotId } = snapshot
    const wanted = { serverId: server.id, repositoryId, snapshotId, target, conflict, dryRun }
    ;(dryRun ? trial : restore).start({ ...wanted, paths: entries.map(({ path }) => path) })
  }
  /** What was tried out was something else. */
  const changed = () => trial.reset()

  const isOver = restore.result !== null
  const isRestoring = restore.isGoing
  const tried = trial.result?.counts ?? null
  const files = tried === null ? null : written(tried)
  const bytes = entries.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)

  return (
    <Dialog
      open
      onOpen={onClose}
      width="wide"
      title={isOver ? 'Restored' : `Restore ${inWords(entries)} to ${server.name}`}
      description={`${bytes > 0 ? `${formatBytes(bytes)}, as` : 'As'} of ${formatDateTime(snapshot.at.getTime(), server.site.timeZone)}`}
      actions={
        isOver ? (
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button look="quiet" onClick={onClose}>
              {isRestoring ? 'Close' : 'Cancel'}
            </Button>
            {files === null ? (
              <Button
                look="primary"
                pending={trial.isGoing}
                disabled={target === null}
                onClick={() => ask(true)}
              >
                Check first
              </Button>
            ) : (
              <Button look="primary" pending={isRestoring} disabled={files === 0} onClick={() => ask(false)}>
                {files === 0 ? 'Nothing to restore' : `Restore ${formatCounted(files, 'file')}`}
              </Button>
            )}
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {restore.problem && <ProblemNotice problem={restore.problem} detail={restore.problem.detail} />}
        {isOver || isRestoring ? (
          <Outcome serverId={server.id} restore={restore} />
        ) : (
          <>
            <RadioChoice
              label="Where to"
              value={where}
              onValue={(value) => {
                setWhere(value)
                changed()
              }}
              options={[
                { value: 'original', label: 'To where it was' },
                {
                  value: 'folder',
                  label: 'To another folder of this server',
                  hint: 'It is laid out below that folder.',
                },
              ]}
            />
            {where === 'folder' &&
              folders({
                chosen: folder === undefined ? [] : [folder],
                onChosen: (chosen) => {
                  setFolder(chosen.at(-1))
                  changed()
                },
              })}
            <RadioChoice
              label="When a file is there already, and is not the same"
              value={conflict}
              onValue={(value) => {
                setConflict(value)
                changed()
              }}
              options={CONFLICTS}
            />
            {trial.problem && <ProblemNotice problem={trial.problem} detail={trial.problem.detail} />}
            {trial.isGoing && trial.restoreId && (
              <RestoreProgress serverId={server.id} restoreId={trial.restoreId} />
            )}
            {tried && trial.result && (
              <>
                <Notice title={resultInWords(tried, true)}>
                  Nothing has been changed yet. Files that the snapshot does not hold are never removed.
                </Notice>
                <RestoredItems items={trial.result.items} total={(files ?? 0) + tried.kept + tried.failed} />
              </>
            )}
          </>
        )}
      </div>
    </Dialog>
  )
}

function Outcome({ serverId, restore }: { serverId: string; restore: ReturnType<typeof useRestore> }) {
  const { result, restoreId } = restore
  if (result === null)
    return restoreId === undefined ? null : (
      <>
        <RestoreProgress serverId={serverId} restoreId={restoreId} />
        <p className="text-ink-muted">
          It goes on when this is closed. The page of the server shows how far it is.
        </p>
      </>
    )
  const { counts, items } = result
  return (
    <>
      {counts && <p className="font-medium">{resultInWords(counts, false)}</p>}
      {counts && <RestoredItems items={items} total={written(counts) + counts.kept + counts.failed} />}
    </>
  )
}

function inWords(entries: readonly FileEntry[]): string {
  const [first] = entries
  if (first === undefined || entries.length > 1) return formatCounted(entries.length, 'item')
  return showForeignText(splitPath(first.path).name)
}

function targetOf(folder: string | undefined) {
  const path = serverPath.safeParse(folder)
  return path.success ? ({ kind: 'folder', folder: path.data } as const) : null
}
