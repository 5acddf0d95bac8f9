import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { id } from '#trpc/inputs.ts'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { Customer } from './customer.tsx'

type Params = { params: Promise<{ id: string }> }

export async function generateMetadata({ params }: Params): Promise<Metadata> {
  const { data: customerId } = id.safeParse((await params).id)
  if (!customerId) return {}
  const options = trpc.customers.get.queryOptions({ customerId })
  // The page tells what went wrong, if something did; it asks the same, and is answered once.
  const customer = await getQueryClient()
    .fetchQuery(options)
    .catch(() => null)
  return { title: customer?.name }
}

export default async function CustomerPage({ params }: Params) {
  const { data: customerId } = id.safeParse((await params).id)
  if (!customerId) notFound()
  await getQueryClient().prefetchQuery(trpc.customers.get.queryOptions({ customerId }))
  return (
    <HydrateClient>
      <Customer customerId={customerId} />
    </HydrateClient>
  )
}
