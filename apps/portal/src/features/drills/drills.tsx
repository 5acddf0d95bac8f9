'use client'

/**
 * Restore drills of a server, as evidence: what was restored, when, from which snapshot, and what came of it. Printed, it
 * is a document for an auditor, with what is needed to check each signature.
 */
import { REFUSALS } from '@holdfast/protocol'
import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { Outputs } from '#trpc/root.ts'
import { Button } from '#ui/controls/button.tsx'
import { EmptyState } from '#ui/feedback/empty-state.tsx'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Section } from '#ui/shell/section.tsx'
import { Status } from '#ui/status/status.tsx'
import { ForeignText, PathText } from '#ui/values/foreign.tsx'
import { formatBytes, formatCounted, formatDateTime, formatDuration } from '#ui/values/format.ts'
import { Time } from '#ui/values/time.tsx'
import { DrillAsked, DrillNow, useDrillNow } from './drill-now.tsx'
import { UnknownKey } from './unknown-key.tsx'

type Drill = Outputs['drills']['list']['drills'][number]

export function Drills({ serverId }: { serverId: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.drills.list.queryOptions({ serverId }))
  const asked = useDrillNow()
  const problem = problemOf(query.error)
  if (!query.data)
    return problem ? (
      <ErrorState problem={problem} onRetry={query.refetch} retrying={query.isFetching} />
    ) : (
      <div className="px-(--page-x) py-5">
        <Skeleton className="h-10 w-full" />
      </div>
    )
  const { server, drills } = query.data
  if (drills.length === 0)
    return (
      <>
        <EmptyState title="No restore drill yet" action={<DrillNow asked={asked} of={query.data} />}>
          After a backup, the server restores some files of it to a scratch folder, compares them with their
          source, and signs what came of it. The first drill follows the first backup of a plan that wants
          drills.
        </EmptyState>
        <DrillAsked asked={asked} />
      </>
    )
  const proven = drills.filter(({ isProven }) => isProven)
  return (
    <Section
      title={sentence(drills, proven)}
      action={
        <div className="flex shrink-0 gap-2">
          <DrillNow asked={asked} of={query.data} />
          <Button size="small" className="print:hidden" onClick={() => print()}>
            Print as proof
          </Button>
        </div>
      }
    >
      <DrillAsked asked={asked} />
      <p className="hidden px-(--page-x) pb-2 text-ink-muted print:block">
        {server.name}, {server.customer.name}, {server.site.name}. Printed{' '}
        {formatDateTime(Date.now(), server.site.timeZone)} ({server.site.timeZone}).
      </p>
      <ul className="border-line border-t">
        {drills.map((drill) => (
          <Row key={drill.id} drill={drill} siteZone={server.site.timeZone} />
        ))}
      </ul>
    </Section>
  )
}

function sentence(drills: readonly Drill[], proven: readonly Drill[]): string {
  const [newest] = drills
  if (newest?.isProven) return `Restoring works: ${formatCounted(proven.length, 'drill')} passed`
  return 'The last restore drill is no proof'
}

function Row({ drill, siteZone }: { drill: Drill; siteZone: string }) {
  const { startedAt, finishedAt, files, filesWrong, bytes, wrongPaths } = drill
  const state = drill.isProven ? 'passed' : drill.hasPassed ? 'doubtful' : 'failed'
  return (
    <li className="border-line border-b px-(--page-x) py-2.5 print:break-inside-avoid">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <span className="w-32 font-medium">
          <Status kind="drill" state={state} />
        </span>
        <span className="min-w-40 flex-1">
          <ForeignText>{drill.planName}</ForeignText>
        </span>
        <span className="tabular-nums">
          {formatCounted(files, 'file')}, {formatBytes(bytes)} in{' '}
          {formatDuration(Number(finishedAt) - Number(startedAt))}
        </span>
        <span className="w-40 text-right text-ink-muted max-sm:w-full max-sm:text-left">
          <span className="print:hidden">
            <Time at={drill.heardAt} siteZone={siteZone} />
          </span>
          <span className="hidden print:inline">{formatDateTime(Number(drill.heardAt), siteZone)}</span>
        </span>
      </div>
      {drill.unread && (
        <ProblemNotice
          className="mt-2 max-w-190"
          problem={{
            code: drill.unread,
            ...REFUSALS[drill.unread],
            title: `Nothing could be restored: ${REFUSALS[drill.unread].title}`,
          }}
          detail={drill.errorDetail}
        />
      )}
      {filesWrong > 0 && !drill.unread && (
        <div className="pt-1 text-small">
          <p>{formatCounted(filesWrong, 'file')} did not come back as they were:</p>
          {wrongPaths.map((path) => (
            <PathText key={path} path={path} className="font-mono" />
          ))}
        </div>
      )}
      {!drill.isSigned && <p className="pt-1 text-small">The signature is wrong: this is no proof.</p>}
      {drill.isSigned && !drill.isKnownKey && <UnknownKey drillId={drill.id} publicKey={drill.publicKey} />}
      {!drill.isKnownManifest && (
        <p className="pt-1 text-small">
          It was compared with something else than its backup reported: this is no proof.
        </p>
      )}
      <details className="pt-1 text-ink-muted text-small print:hidden">
        <summary className="w-fit cursor-default">Proof</summary>
        <Proof drill={drill} />
      </details>
      <div className="hidden text-small print:block">
        <Proof drill={drill} />
      </div>
    </li>
  )
}

/** What anybody needs to check it without us. */
function Proof({ drill }: { drill: Drill }) {
  const parts = [
    ['Snapshot', drill.snapshotId],
    ['Manifest of the backup', drill.manifestDigest],
    ['Signed text, two lines', drill.signedText.trimEnd()],
    ['Ed25519 key of the agent', drill.publicKey],
    ['Signature', drill.signature],
  ] as const
  return (
    <dl className="grid grid-cols-1 gap-x-3 pt-1 sm:grid-cols-[12rem_minmax(0,1fr)]">
      {parts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt>{name}</dt>
          <dd className="wrap-anywhere font-mono">
            {value.split('\n').map((line) => (
              <div key={line}>
                <ForeignText>{line}</ForeignText>
              </div>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}
