import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { currentSession } from '#auth/current-session.ts'
import { caller, getQueryClient, HydrateClient, trpc } from '#trpc/server.tsx'
import { ConsoleFrame } from './console-frame.tsx'

/** Everything behind the sign-in: the frame with its tree, and who is signed in. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  if (!(await currentSession())) {
    const { done } = await (await caller()).setup.state()
    redirect(done ? '/sign-in' : '/setup')
  }
  // Not the tree: it may hold ten thousand servers, and the page is of use before it is there.
  await getQueryClient().prefetchQuery(trpc.session.me.queryOptions())
  return (
    <HydrateClient>
      <ConsoleFrame>{children}</ConsoleFrame>
    </HydrateClient>
  )
}
