import type { Metadata } from 'next'
import { ConditionsLine } from '#features/conditions/conditions-line.tsx'
import { AddCustomerButton } from '#features/customers/add-customer-button.tsx'
import { CustomerTable } from '#features/customers/customer-table.tsx'
import { Overview } from '#features/overview/overview.tsx'
import { NoKitHint } from '#features/recovery/no-kit-hint.tsx'
import { RestoringNow } from '#features/restore/running-restores.tsx'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage() {
  const queries = getQueryClient()
  await Promise.all([
    queries.prefetchQuery(trpc.overview.summary.queryOptions()),
    queries.prefetchQuery(trpc.conditions.summary.queryOptions()),
    queries.prefetchInfiniteQuery(
      trpc.overview.notProtected.infiniteQueryOptions(
        {},
        { getNextPageParam: (page) => page.nextCursor, initialCursor: 0 },
      ),
    ),
    queries.prefetchQuery(trpc.recovery.missing.queryOptions()),
    queries.prefetchInfiniteQuery(
      trpc.customers.list.infiniteQueryOptions({}, { getNextPageParam: (page) => page.nextCursor }),
    ),
  ])
  return (
    <HydrateClient>
      <Overview addCustomer={<AddCustomerButton look="primary" />} conditions={<ConditionsLine />}>
        <RestoringNow />
        <NoKitHint />
        <CustomerTable />
      </Overview>
    </HydrateClient>
  )
}
