import { dehydrate, hydrate, QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Outdating } from './outdating.ts'

/** A server whose state changes, as a console sees it: `answer` is what it would say now. */
let answer: string
let queries: QueryClient
let outdating: Outdating

const queryKey = [['runs', 'list'], { input: { serverId: 'fs1' } }]
const ofServer = [['runs', 'list'], { input: { serverId: 'fs1' } }]
const ofAnother = [['runs', 'list'], { input: { serverId: 'fs2' } }]
const options = { queryKey, queryFn: async () => answer, staleTime: Number.POSITIVE_INFINITY }

beforeEach(() => {
  answer = 'running'
  queries = new QueryClient()
  outdating = new Outdating(queries)
})
afterEach(() => {
  outdating.stop()
  queries.clear()
})

/** What a component that looks at the query ends up showing. */
async function shown(): Promise<string | undefined> {
  const observer = new QueryObserver(queries, options)
  const stop = observer.subscribe(() => {})
  await expect.poll(() => queries.isFetching()).toBe(0)
  stop()
  return observer.getCurrentResult().data
}

async function pageRenderedNow() {
  const onPortal = new QueryClient()
  await onPortal.prefetchQuery(options)
  return dehydrate(onPortal)
}

test('an answer in the cache is asked anew', async () => {
  await queries.fetchQuery(options)
  answer = 'cancelled'
  outdating.outdate(ofServer)
  expect(await shown()).toBe('cancelled')
})

test('a page that was rendered before the event and arrives after it does not bring the old answer back', async () => {
  const page = await pageRenderedNow()
  answer = 'cancelled'
  outdating.outdate(ofServer)
  hydrate(queries, page)
  expect(await shown()).toBe('cancelled')
})

test('nor does it when the answer was in the cache already', async () => {
  await queries.fetchQuery(options)
  const page = await pageRenderedNow()
  answer = 'cancelled'
  outdating.outdate(ofServer)
  hydrate(queries, page)
  expect(await shown()).toBe('cancelled')
})

test('a page about something else is believed', async () => {
  const page = await pageRenderedNow()
  answer = 'never asked for'
  outdating.outdate(ofAnother)
  hydrate(queries, page)
  expect(await shown()).toBe('running')
})

test('a first answer that was read before the event and arrives after it is asked for again', async () => {
  const { promise: read, resolve: arrives } = Promise.withResolvers<string>()
  let asked = 0
  const first = queries.fetchQuery({ ...options, queryFn: () => (asked++ === 0 ? read : answer) })
  answer = 'cancelled'
  outdating.outdate(ofServer)
  arrives('running')
  await first
  expect(await shown()).toBe('cancelled')
})
