'use client'

/** One run in all its details: what a technician reads out on the telephone. */
import { REFUSALS, type RefusalCode } from '@holdfast/protocol'
import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { CopyField } from '#ui/controls/copy-field.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { RightPane } from '#ui/shell/right-pane.tsx'
import { Facts } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { Bytes, Duration } from '#ui/values/amounts.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { formatCount, formatCounted } from '#ui/values/format.ts'
import { AbsoluteTimes } from '#ui/values/time.tsx'
import { RunParts } from './run-parts.tsx'

type Run = Outputs['runs']['get']

export function RunPane({
  runId,
  siteZone,
  onClose,
}: {
  runId: string
  siteZone: string | undefined
  onClose: () => void
}) {
  const query = useQuery(useTRPC().runs.get.queryOptions({ runId }))
  const problem = problemOf(query.error)
  return (
    <RightPane
      kind="Backup"
      title={query.data ? <Status kind="run" state={query.data.state} /> : <Skeleton className="my-1 w-32" />}
      onClose={onClose}
    >
      {query.data ? (
        <Details run={query.data} siteZone={siteZone} />
      ) : (
        problem && <ErrorState problem={problem} onRetry={query.refetch} />
      )}
    </RightPane>
  )
}

function Details({ run, siteZone }: { run: Run; siteZone: string | undefined }) {
  return (
    <>
      {run.errorCode && (
        <ProblemNotice
          problem={{ code: run.errorCode, ...REFUSALS[run.errorCode] }}
          look={run.state === 'failed' ? 'problem' : 'warning'}
          detail={run.errorDetail}
        />
      )}
      {run.verified?.code && run.verified.code !== run.errorCode && (
        <Besides
          what="The repository could not be read back"
          code={run.verified.code}
          detail={run.verified.detail}
        />
      )}
      {run.unsampled && <Besides what="No restore drill can try this backup" {...run.unsampled} />}
      {run.tidied?.code && (
        <Besides what="Older snapshots were not removed" code={run.tidied.code} detail={run.tidyDetail} />
      )}
      <RunParts run={run} />
      {run.unreadablePaths.length > 0 && <Unreadable run={run} />}
      {run.snapshotId && <CopyField label="Snapshot id" value={run.snapshotId} multiline />}
      <Facts
        facts={[
          ...times(run, siteZone),
          ...(run.snapshotId ? counts(run) : []),
          ...removals(run),
          ...readBack(run),
          ...origin(run),
        ]}
      />
      {run.snapshotId && <Restoring run={run} snapshotId={run.snapshotId} />}
    </>
  )
}

/** What went wrong beside the backup itself. */
function Besides({ what, code, detail }: { what: string; code: RefusalCode; detail: string }) {
  const title = `${what}: ${REFUSALS[code].title}`
  return <ProblemNotice problem={{ code, ...REFUSALS[code], title }} look="warning" detail={detail} />
}

function times(run: Run, siteZone: string | undefined) {
  const { startedAt, finishedAt } = run
  return [
    { name: 'Started', value: <AbsoluteTimes atMs={Number(startedAt)} siteZone={siteZone} /> },
    ...(finishedAt
      ? [
          { name: 'Ended', value: <AbsoluteTimes atMs={Number(finishedAt)} siteZone={siteZone} /> },
          { name: 'Took', value: <Duration ms={Number(finishedAt) - Number(startedAt)} /> },
        ]
      : []),
  ]
}

function counts(run: Run) {
  return [
    { name: 'Files', value: formatCount(run.filesNew + run.filesChanged + run.filesUnmodified) },
    { name: 'New', value: formatCount(run.filesNew) },
    { name: 'Changed', value: formatCount(run.filesChanged) },
    { name: 'Unchanged', value: formatCount(run.filesUnmodified) },
    ...(run.filesTooOld === null
      ? []
      : [{ name: 'Left out as too old', value: formatCounted(run.filesTooOld, 'file') }]),
    { name: 'Data', value: <Bytes of={run.bytesProcessed} /> },
    { name: 'Added', value: <Bytes of={run.bytesAdded} /> },
  ]
}

function removals({ tidied }: Run) {
  if (tidied === null || tidied.code === 'policy_refused') return []
  const { removed, kept, bytesFreed } = tidied
  return [
    { name: 'Removed', value: formatCounted(removed, 'older snapshot') },
    ...(kept > 0 ? [{ name: 'Kept', value: formatCounted(kept, 'snapshot') }] : []),
    ...(bytesFreed === null ? [] : [{ name: 'Space freed', value: <Bytes of={bytesFreed} /> }]),
  ]
}

function readBack({ verified }: Run) {
  if (verified === null) return []
  const { part, parts, code, durationMs } = verified
  const what = parts === 1 ? 'All of the repository' : `Part ${part} of ${parts} of the repository`
  return [
    { name: 'Read back', value: code ? `${what}: failed` : `${what}, in order` },
    { name: 'Reading took', value: <Duration ms={durationMs} /> },
  ]
}

const WHY: Readonly<Record<Run['why'], string>> = {
  asked: 'Asked of the server',
  schedule: 'Its time had come',
  missed: 'Made up for what was missed',
}

function origin(run: Run) {
  return [
    { name: 'Plan', value: `${run.planName}, revision ${run.planRevision}` },
    {
      name: 'Repository',
      value: run.repository.location.startsWith('vault:') ? (
        <ForeignText>{`In the vault, ${run.repository.name}`}</ForeignText>
      ) : (
        <PathText path={run.repository.location} className="font-mono text-small" />
      ),
    },
    { name: 'Why', value: run.askedBy ? `Asked by ${run.askedBy.name}` : WHY[run.why] },
  ]
}

function Unreadable({ run }: { run: Run }) {
  const more = run.filesUnreadable - run.unreadablePaths.length
  return (
    <div className="flex flex-col gap-1.5">
      <h3 className="font-medium">{formatCounted(run.filesUnreadable, 'file')} could not be read</h3>
      <ul className="max-h-60 overflow-y-auto rounded-md border border-line">
        {run.unreadablePaths.map((path) => (
          <li key={path} className="not-last:border-line not-last:border-b px-3 py-1">
            <PathText path={path} className="font-mono text-small" />
          </li>
        ))}
      </ul>
      {more > 0 && <p className="text-ink-muted">and {formatCount(more)} more</p>}
    </div>
  )
}

/** The way back that needs nobody: plain restic, with the key that only the server has. */
function Restoring({ run, snapshotId }: { run: Run; snapshotId: string }) {
  // What opens a vault is made for each use: its guide says how, and no line here would.
  if (run.repository.location.startsWith('vault:')) return null
  return (
    <div className="flex flex-col gap-2">
      <h3 className="font-medium">Getting files back</h3>
      <p className="text-ink-muted">
        On the server, with plain restic. The first command prints the repository’s key, the second asks for
        it.
      </p>
      <CopyField
        label="Print the key"
        value={`holdfast-agent repositories key ${quote(run.repository.name)}`}
      />
      <CopyField
        label="Restore"
        multiline
        value={`restic -r ${quote(run.repository.location)} restore ${snapshotId.slice(0, 8)} --target /restore`}
      />
      <p className="text-ink-muted text-small">
        <ForeignText>{run.repository.name}</ForeignText> stays as it is: restoring only reads.
      </p>
    </div>
  )
}

/** As a POSIX shell takes it word for word. */
function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
