import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { SetupForm } from '#features/setup/setup-form.tsx'
import { caller } from '#trpc/server.tsx'
import { FrontDoor } from '#ui/shell/front-door.tsx'

export const metadata: Metadata = { title: 'Set up your portal' }
// Whether there is anything to set up is asked each time, never answered from a build.
export const dynamic = 'force-dynamic'

export default async function SetupPage() {
  const { done, needsCode } = await (await caller()).setup.state()
  if (done) redirect('/sign-in')
  return (
    <FrontDoor
      title="Set up your portal"
      intro="Your company and you, its owner. Customers and servers follow."
      footnote="This page is here once. It is gone as soon as the portal has its owner."
    >
      <SetupForm needsCode={needsCode} />
    </FrontDoor>
  )
}
