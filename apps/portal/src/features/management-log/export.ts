/**
 * The log as a file, page by page as fast as the reader takes it: never more than one page in memory, and each page in a
 * transaction of its own, so that a slow reader holds nothing. Who took what out stands in the log itself.
 */
import { logTitle } from '#log/events.ts'
import { recordChange } from '#log/record-change.ts'
import type { Scope } from '#trpc/procedures.ts'
import { csvHead, csvLines } from './csv.ts'
import type { LogPlace, LogQueryFilter } from './query.ts'
import { readPage } from './service.ts'

const ROWS_PER_PAGE = 1_000

export async function exportLog(scope: Scope, filter: LogQueryFilter): Promise<ReadableStream<Uint8Array>> {
  await recordExport(scope, filter)
  const utf8 = new TextEncoder()
  // What is written meanwhile is newer than the newest row that was asked for, and would move the pages.
  const bounded = { ...filter, to: filter.to ?? new Date() }
  let after: LogPlace | null = null
  return new ReadableStream({
    start: (stream) => stream.enqueue(utf8.encode(csvHead())),
    async pull(stream) {
      // A page of a search may hold nothing; a pull that gives nothing is not repeated.
      for (;;) {
        const { items, next } = await readPage(scope, bounded, after, ROWS_PER_PAGE)
        if (items.length > 0) stream.enqueue(utf8.encode(csvLines(items)))
        if (next === null) return stream.close()
        after = next
        if (items.length > 0) return
      }
    },
  })
}

async function recordExport({ db, session, portal, tenant }: Scope, filter: LogQueryFilter): Promise<void> {
  const { providerId, customerId } = tenant
  await db((tx) =>
    recordChange(tx, session, {
      code: 'log_exported',
      customerId,
      subject: 'Remote management log',
      detail: inWords(filter),
    }),
  )
  portal.live.publish({ type: 'log', providerId, customerId })
}

/** What was asked for, for whoever reads it later. */
function inWords({ kinds, code, within, from, to, text, customerId, serverId }: LogQueryFilter): string {
  const parts = [
    customerId && `customer ${customerId}`,
    serverId && `server ${serverId}`,
    kinds.length > 0 && kinds.join(', '),
    code && logTitle(code),
    within && `the last ${within}`,
    from && `from ${from.toISOString()}`,
    to && `to ${to.toISOString()}`,
    text !== '' && `with the words "${text}"`,
  ]
  return parts.filter(Boolean).join('; ') || 'Everything'
}
