import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { currentSession } from '#auth/current-session.ts'
import { DoctorPage } from '#features/doctor/doctor-page.tsx'
import { getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'

export const metadata: Metadata = { title: 'Doctor' }

export default async function Doctor() {
  // Nobody signed in is the layout's business.
  if ((await currentSession())?.customerId) notFound()
  await Promise.all([
    getQueryClient().prefetchQuery(trpc.doctor.portal.queryOptions()),
    getQueryClient().prefetchQuery(trpc.doctor.knocks.queryOptions()),
  ])
  return (
    <HydrateClient>
      <DoctorPage />
    </HydrateClient>
  )
}
