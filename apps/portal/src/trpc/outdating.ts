/**
 * Makes answers old that a live event has contradicted, wherever they are at that moment:
 *
 *   in the cache                           asked anew, at once if somebody looks at them
 *   on their way, asked for the first time they may have been read before the event: asked again when they arrive
 *   in a page that the portal is rendering they enter the cache later (hydration), and are asked anew when they do
 *
 * The second is a case because TanStack Query joins a first fetch instead of beginning another.
 */
import { matchQuery, type Query, type QueryClient, type QueryKey } from '@tanstack/react-query'

/** Longer than a page needs from its queries to the browser. Too long only costs a question too many. */
const PAGE_ON_ITS_WAY_MS = 15_000

export class Outdating {
  readonly #queries: QueryClient
  readonly #lately = new Map<string, { queryKey: QueryKey; atMs: number }>()
  readonly #unsubscribe: () => void

  constructor(queries: QueryClient) {
    this.#queries = queries
    this.#unsubscribe = queries.getQueryCache().subscribe((event) => {
      const cameWithAPage =
        event.type === 'added'
          ? event.query.state.data !== undefined
          : event.type === 'updated' && event.action.type === 'setState'
      // Pages hydrate while React renders, which is no time to tell components anything.
      if (cameWithAPage && this.#isOld(event.query)) queueMicrotask(() => this.#again(event.query))
    })
  }

  outdate(queryKey: QueryKey): void {
    this.#lately.set(JSON.stringify(queryKey), { queryKey, atMs: performance.now() })
    for (const query of this.#queries.getQueryCache().findAll({ queryKey })) {
      const isFirst = query.state.fetchStatus === 'fetching' && query.state.data === undefined
      if (isFirst) query.promise?.then(() => this.#again(query)).catch(() => {})
    }
    void this.#queries.invalidateQueries({ queryKey })
  }

  stop(): void {
    this.#unsubscribe()
    this.#lately.clear()
  }

  #isOld(query: Query): boolean {
    const since = performance.now() - PAGE_ON_ITS_WAY_MS
    for (const [name, { queryKey, atMs }] of this.#lately) {
      if (atMs < since) this.#lately.delete(name)
      else if (matchQuery({ queryKey }, query)) return true
    }
    return false
  }

  #again({ queryKey }: Query): void {
    void this.#queries.invalidateQueries({ queryKey, exact: true })
  }
}
