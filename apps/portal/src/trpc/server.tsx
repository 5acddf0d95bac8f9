/**
 * tRPC for pages, on the portal: a page prefetches what its components will ask for, and `HydrateClient` hands it to the
 * browser. Procedures are called directly, with the session of the request.
 */
import { dehydrate, HydrationBoundary } from '@tanstack/react-query'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { cache, type ReactNode } from 'react'
import { currentSession } from '#auth/current-session.ts'
import { runtime } from '#runtime.ts'
import type { Context } from './context.ts'
import { createQueryClient } from './query-client.ts'
import { appRouter } from './root.ts'

const createContext = cache(
  async (): Promise<Context> => ({
    portal: runtime(),
    session: await currentSession(),
    // Rendering a page changes nothing.
    fromOwnPage: false,
    answerHeaders: null,
  }),
)

export const getQueryClient = cache(createQueryClient)

export const trpc = createTRPCOptionsProxy({
  router: appRouter,
  ctx: createContext,
  queryClient: getQueryClient,
})

/** For what the page itself needs to know, for example to answer 404. */
export const caller = async () => appRouter.createCaller(await createContext())

export function HydrateClient({ children }: { children: ReactNode }) {
  return <HydrationBoundary state={dehydrate(getQueryClient())}>{children}</HydrationBoundary>
}
