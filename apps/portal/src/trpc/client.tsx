/** tRPC in the browser: `useTRPC()` gives query and mutation options for every procedure. */
'use client'

import { type QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createTRPCClient, httpBatchStreamLink, httpLink, splitLink } from '@trpc/client'
import { createTRPCContext } from '@trpc/tanstack-react-query'
import { type ReactNode, useState } from 'react'
import superjson from 'superjson'
import { BATCH_SIZE_MAX } from './batch-size.ts'
import { createQueryClient } from './query-client.ts'
import type { AppRouter } from './root.ts'

const TRPC_PATH = '/api/trpc'
/** Room for one path of 4,096 characters, and within the 16 KiB of headers that Node takes. */
const URL_LENGTH_MAX = 14_000

const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>()

export { useTRPC, useTRPCClient }

let ofThisBrowser: QueryClient | undefined

function queryClient(): QueryClient {
  // While a page is rendered on the portal, each request needs one of its own: it holds one person's answers.
  if (typeof window === 'undefined') return createQueryClient()
  ofThisBrowser ??= createQueryClient()
  return ofThisBrowser
}

export function TRPCReactProvider({ children }: { children: ReactNode }) {
  const queries = queryClient()
  const [client] = useState(() =>
    createTRPCClient<AppRouter>({
      links: [
        splitLink({
          condition: ({ type }) => type === 'mutation',
          // A change may set a cookie, and a streamed answer has sent its headers before the change is made.
          true: httpLink({ url: address(), transformer: superjson }),
          false: httpBatchStreamLink({
            url: address(),
            transformer: superjson,
            maxURLLength: URL_LENGTH_MAX,
            maxItems: BATCH_SIZE_MAX,
          }),
        }),
      ],
    }),
  )
  return (
    <QueryClientProvider client={queries}>
      <TRPCProvider trpcClient={client} queryClient={queries}>
        {children}
      </TRPCProvider>
    </QueryClientProvider>
  )
}

function address(): string {
  // On the portal nothing is fetched over HTTP: pages prefetch through server.tsx.
  return typeof window === 'undefined' ? TRPC_PATH : new URL(TRPC_PATH, window.location.origin).href
}
