'use client'

/** One customer: how its servers are, and where they stand. */
import { useQuery } from '@tanstack/react-query'
import type { inferRouterOutputs } from '@trpc/server'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { healthReason } from '#health/reasons.ts'
import { useTRPC } from '#trpc/client.tsx'
import { problemOf } from '#trpc/problem.ts'
import type { AppRouter } from '#trpc/root.ts'
import { ErrorState } from '#ui/feedback/error-state.tsx'
import { Skeleton } from '#ui/feedback/skeleton.tsx'
import { type ServerRow, ServerTable } from '#ui/servers/server-table.tsx'
import { Answer } from '#ui/shell/answer.tsx'
import { Section } from '#ui/shell/section.tsx'
import { healthSentence } from '#ui/status/health-sentence.ts'
import { addHealthCounts, countsOf } from '#ui/status/roll-up.ts'
import { Status } from '#ui/status/status.tsx'

type Customer = inferRouterOutputs<AppRouter>['customers']['get']
type Site = Customer['sites'][number]

type Parts = {
  mayRegister: boolean
  /** What can be done with the customer. */
  actions: (customer: Customer) => ReactNode
  /** What can be done with one of its sites. */
  siteActions: (site: Site) => ReactNode
}

export function CustomerPage({ customerId, ...parts }: Parts & { customerId: string }) {
  const trpc = useTRPC()
  const query = useQuery(trpc.customers.get.queryOptions({ customerId }))
  const problem = problemOf(query.error)
  if (query.data) return <Loaded customer={query.data} {...parts} />
  if (problem) return <ErrorState problem={problem} onRetry={query.refetch} retrying={query.isFetching} />
  return <Loading />
}

function Loaded({ customer, mayRegister, actions, siteActions }: Parts & { customer: Customer }) {
  const counts = addHealthCounts(customer.servers.map((server) => countsOf(server.health)))
  const { sentence, health } = healthSentence(counts)
  return (
    <>
      <Answer
        evidence={health ? <Status kind="health" state={health} word={sentence} /> : sentence}
        actions={actions(customer)}
      >
        {customer.name}
      </Answer>
      {customer.sites.map((site) => {
        const servers = rowsOf(customer, site)
        return (
          <div key={site.id} id={site.id} className="scroll-mt-(--top-bar-height)">
            <Section title={site.name} action={<SiteFacts site={site}>{siteActions(site)}</SiteFacts>}>
              {servers.length > 0 ? (
                <ServerTable label={`Servers at ${site.name}`} rows={servers} empty={null} />
              ) : (
                <NoServers
                  addHref={mayRegister ? `/customers/${customer.id}/add-server?site=${site.id}` : undefined}
                />
              )}
            </Section>
          </div>
        )
      })}
    </>
  )
}

function SiteFacts({ site, children }: { site: Site; children: ReactNode }) {
  return (
    <div className="flex items-center gap-2 text-ink-faint text-small">
      {site.timeZone.replaceAll('_', ' ')}
      {children}
    </div>
  )
}

function NoServers({ addHref }: { addHref: string | undefined }) {
  return (
    <p className="border-line border-b px-(--page-x) pt-1 pb-4 text-ink-muted">
      No servers here yet.{' '}
      {addHref && (
        <Link href={addHref} className="rounded-sm text-accent underline-offset-2 hover:underline">
          Register the first one
        </Link>
      )}
    </p>
  )
}

function rowsOf(customer: Customer, site: Site): ServerRow[] {
  return customer.servers
    .filter((server) => server.siteId === site.id)
    .map(({ reason, ...server }) => ({
      ...server,
      siteZone: site.timeZone,
      why: healthReason(reason)?.title ?? '',
    }))
}

function Loading() {
  return (
    <>
      <Answer evidence={<Skeleton className="my-1 w-52" />}>
        <Skeleton className="my-1 h-5 w-40" />
      </Answer>
      <Section title="Servers">
        <ServerTable label="Servers" rows={undefined} empty={null} />
      </Section>
    </>
  )
}
