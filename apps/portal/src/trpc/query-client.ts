import { defaultShouldDehydrateQuery, MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import superjson from 'superjson'
import { problemOf } from './problem.ts'

/** What the console asked lately. Live events make it ask anew (live.tsx), so answers stay good until told otherwise. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // A portal that restarts is back in seconds. What it has answered, it would answer again.
        retry: (failures, error) => failures < 3 && problemOf(error)?.code === 'portal_unreachable',
      },
      dehydrate: {
        serializeData: superjson.serialize,
        // A query that the page started and did not wait for goes on in the browser.
        shouldDehydrateQuery: (query) =>
          defaultShouldDehydrateQuery(query) || query.state.status === 'pending',
        // Next tells its own errors apart by their digest, and a failed prefetch is simply asked again.
        shouldRedactErrors: () => false,
      },
      hydrate: { deserializeData: superjson.deserialize },
    },
  })
}

/** The session was ended elsewhere, or has run out: nothing on this page would answer any more. */
function leaveWhenSignedOut(error: unknown): void {
  if (typeof window !== 'undefined' && problemOf(error)?.code === 'not_signed_in')
    window.location.assign('/sign-in')
}
