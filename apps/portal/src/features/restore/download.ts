/**
 * One file of a snapshot, or a folder or several things as an archive, streamed from the server through the portal to a browser. The server
 * is asked while the person still looks at the page, so that what it refuses is told there; then the browser comes for
 * it, under an address that only this person can use, and only once.
 */
import type { z } from 'zod'
import { attachment } from '#downloads/content-disposition.ts'
import type { Wanted } from '#downloads/downloads.ts'
import type { PipeOutcome } from '#downloads/pipe.ts'
import { recordChange } from '#log/record-change.ts'
import { fromServer } from '#trpc/failure.ts'
import type { Scope } from '#trpc/procedures.ts'
import { commonFolder } from '#ui/folders/path-parts.ts'
import { checkRepository } from './asking.ts'
import type { downloadInput } from './schema.ts'

export async function download(scope: Scope, input: z.output<typeof downloadInput>) {
  const { serverId, repositoryId, snapshotId, paths, format } = input
  await checkRepository(scope, input)
  const [first = '/', ...others] = paths
  const path = others.length === 0 ? first : commonFolder(paths)
  const own = path.slice(path.lastIndexOf('/') + 1) || 'snapshot'
  const what = { path, ...(others.length > 0 && { paths }) }
  // Several things are never one file, whatever was asked.
  const form = others.length > 0 ? 'zip' : format
  const name = form === 'file' ? own : `${own}.${form}`
  const wanted = { serverId, repositoryId, snapshotId, ...what, format: form, name } as const
  const begun = await scope.portal.downloads.begin(scope.session, wanted)
  if (begun.outcome === 'refused') throw fromServer(begun)
  return { downloadId: begun.downloadId }
}

/** The answer to the browser that comes for it; null when there is nothing for this person to come for. */
export async function answerDownload(
  scope: Scope,
  { serverId, downloadId }: { readonly serverId: string; readonly downloadId: string },
): Promise<Response | null> {
  const { portal, session, tenant } = scope
  const server = await scope.db((tx) =>
    tx.server.findFirst({
      where: { id: serverId, providerId: tenant.providerId },
      select: { customerId: true, name: true, customer: { select: { handle: true } } },
    }),
  )
  if (server === null) return null
  const { customerId } = server
  const log = async (code: 'download_begun' | 'download_done' | 'download_cut', detail: string) => {
    const subject = `${server.customer.handle}/${server.name}`
    await scope.db((tx) => recordChange(tx, session, { code, customerId, serverId, subject, detail }))
    portal.live.publish({ type: 'log', providerId: tenant.providerId, customerId })
  }
  const who = { userId: session.userId, serverId, downloadId }
  const opened = portal.downloads.open(who, ({ how, bytes, unread }: PipeOutcome) => {
    const but = unread > 0 ? `; ${unread} of it could not be read on the server` : ''
    const what = `${bytes.toLocaleString('en-GB')} bytes${but}: ${opened ? inWords(opened.wanted) : ''}`
    // Whoever took it has it, whether or not this line can be written.
    log(how === 'complete' ? 'download_done' : 'download_cut', what).catch(() => {})
  })
  if (opened === null) return null
  const { wanted, stream } = opened
  try {
    await log('download_begun', `Snapshot ${wanted.snapshotId.slice(0, 8)}: ${inWords(wanted)}`)
  } catch (error) {
    // Nothing is handed out that is not written down.
    await stream.cancel()
    throw error
  }
  return new Response(stream, {
    headers: {
      // Whatever a customer's machine sends, no browser shows it, runs it (proxy.ts has the policy) or guesses what it is. How long it is, is not
      // said: so one that was cut ends without its last chunk, and every browser sees that.
      'content-type': 'application/octet-stream',
      'content-disposition': attachment(wanted.name),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store, no-transform',
    },
  })
}

/** Who took what is asked about later: as many of them as a line of the log holds. */
function inWords({ path, paths }: Wanted): string {
  return paths === undefined ? path : `${paths.length} items: ${paths.join(', ')}`
}
