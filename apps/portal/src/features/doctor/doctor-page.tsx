'use client'

/** The portal's own doctor: is it in order by itself, and what arrives at its door. Asks anew while it is open. */
import { useQuery } from '@tanstack/react-query'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Section } from '#ui/shell/section.tsx'
import { formatCounted } from '#ui/values/format.ts'
import { KnocksTable } from './knocks-table.tsx'
import { PortalState } from './portal-state.tsx'
import { VisitOfDoctor } from './visit.tsx'
import type { PortalFacts } from './words.ts'

const KNOCKS_REFETCH_MS = 3_000
const STATE_REFETCH_MS = 10_000

export function DoctorPage() {
  const trpc = useTRPC()
  const state = useQuery(trpc.doctor.portal.queryOptions(undefined, { refetchInterval: STATE_REFETCH_MS }))
  const knocks = useQuery(trpc.doctor.knocks.queryOptions(undefined, { refetchInterval: KNOCKS_REFETCH_MS }))
  const problem = problemOf(state.error)
  const knocksProblem = problemOf(knocks.error)
  if (problem && !state.data)
    return <ErrorState problem={problem} onRetry={state.refetch} retrying={state.isFetching} />
  return (
    <>
      {state.data ? (
        <Answer
          evidence={`${formatCounted(state.data.linkCount, 'server')} of ${state.data.database.serverCount} connected. Version ${state.data.version}.`}
        >
          {answerOf(state.data)}
        </Answer>
      ) : (
        <Answer evidence={<Skeleton className="my-1 w-52" />}>
          <Skeleton className="my-1 h-5 w-72" />
        </Answer>
      )}
      <Section title="A server that does not get through">
        <VisitOfDoctor />
      </Section>
      <Section title="Who knocked in the last 15 minutes">
        <KnocksTable
          label="Who knocked"
          rows={knocks.data}
          problem={knocksProblem && !knocks.data ? knocksProblem : undefined}
          empty="Nobody. If a server is trying now, its packets do not reach this portal."
        />
      </Section>
      {state.data && <PortalState facts={state.data} />}
    </>
  )
}

function answerOf({ listeners, certificates, addresses }: PortalFacts): string {
  const silent = listeners.filter(({ isListening }) => !isListening)
  if (silent.length > 0) return `Not listening: ${silent.map(({ what }) => what).join(', ')}`
  const expired = certificates.filter(({ state }) => state === 'expired')
  if (expired.length > 0) return `The certificate of the ${expired[0]?.what} has expired`
  if (addresses.every(({ reach }) => reach === 'this_machine'))
    return 'Only agents on this machine can reach the portal'
  if (addresses.every(({ reach }) => reach !== 'anywhere'))
    return 'Only agents in the same network can reach the portal'
  return 'The portal is in order'
}
