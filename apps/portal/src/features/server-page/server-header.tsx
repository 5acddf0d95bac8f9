'use client'

/** The head of a server's pages: who it is, how it is, and on what evidence. */
import { REFUSALS } from '@holdfast/protocol'
import type { ReactNode } from 'react'
import { healthReason } from '#health/reasons.ts'
import { problemOf } from '#trpc/problem.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { ProblemNotice } from '#ui/feedback/problem-notice.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Status } from '#ui/status/status.tsx'
import { vocabulary } from '#ui/status/vocabulary.ts'
import { formatDateTime, formatDuration } from '#ui/values/format.ts'
import { Elapsed, Time } from '#ui/values/time.tsx'
import { LinkLine } from './link-line.tsx'
import { type ServerFacts, usePresence, useServer } from './server-data.ts'

export function ServerHeader({ serverId, actions }: { serverId: string; actions: ReactNode }) {
  const query = useServer(serverId)
  const problem = problemOf(query.error)
  if (query.data) return <Loaded server={query.data} actions={actions} />
  if (problem) return <ErrorState problem={problem} onRetry={query.refetch} retrying={query.isFetching} />
  return (
    <Answer evidence={<Skeleton className="my-1 w-72 max-w-full" />}>
      <Skeleton className="my-1 h-5 w-44" />
    </Answer>
  )
}

function Loaded({ server, actions }: { server: ServerFacts; actions: ReactNode }) {
  return (
    <>
      <Answer
        evidence={
          <div className="flex flex-col gap-0.5">
            <Health server={server} />
            <LinkLine server={server} />
          </div>
        }
        actions={actions}
      >
        {server.name}
      </Answer>
      <Notices server={server} />
    </>
  )
}

function Health({ server }: { server: ServerFacts }) {
  const { health, reason, since, lastBackupAt } = server.health
  const why = healthReason(reason)?.title
  return (
    <p className="flex flex-wrap items-center gap-x-1.5">
      <Status
        kind="health"
        state={health}
        word={why ? `${vocabulary.health[health].word}: ${why}` : undefined}
      />
      {health === 'protected' && lastBackupAt && (
        <span>
          Last backup <Time at={lastBackupAt} siteZone={server.site.timeZone} />
        </span>
      )}
      {health !== 'protected' && health !== 'never_ran' && since && (
        <span>
          for <Elapsed since={since} />
        </span>
      )}
    </p>
  )
}

/** What needs a hand: what keeps it away or why it went, why its last backup failed, and what its agent sees. */
function Notices({ server }: { server: ServerFacts }) {
  const reason = healthReason(server.health.reason)
  const { refused, refusedAt } = usePresence(server.id)
  const kept = server.link.online ? null : refused
  // What keeps it away says more than how its last link ended.
  const offline = kept === null ? server.link.offlineCode : null
  const problems = [
    ...(reason ? [reason] : []),
    ...(offline && offline !== reason?.code ? [{ code: offline, ...REFUSALS[offline] }] : []),
    ...server.notices
      .filter((code) => code !== reason?.code && code !== offline)
      .map((code) => ({ code, ...REFUSALS[code] })),
  ]
  if (problems.length === 0 && kept === null) return null
  return (
    <div className="flex max-w-190 flex-col gap-2 px-(--page-x) pb-4">
      {kept !== null && (
        <ProblemNotice
          problem={{ code: kept.code, ...REFUSALS[kept.code] }}
          detail={kept.detail}
          lead={
            <>
              It tried to connect <Time at={refusedAt ?? 0} siteZone={server.site.timeZone} /> and was not let
              in.
            </>
          }
        />
      )}
      {problems.map((problem) => (
        <ProblemNotice
          key={problem.code}
          problem={problem}
          look={problem === reason && server.health.health === 'failing' ? 'problem' : 'warning'}
          detail={detailOf(problem.code, server)}
        />
      ))}
    </div>
  )
}

function detailOf(code: string, { health, machine, site }: ServerFacts): string | undefined {
  if (code === 'clock_skew') return skewInWords(machine?.clockSkewMs ?? 0)
  if (code === 'backup_overdue' && health.lastBackupAt)
    return `Last backup: ${formatDateTime(Number(health.lastBackupAt), site.timeZone)} at the site`
  return undefined
}

function skewInWords(skewMs: number): string {
  return `${formatDuration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead' : 'behind'}`
}
