/** The log as a CSV file: what the page shows, with the same filters in the address, for the same eyes. */
import { sessionOf } from '#auth/current-session.ts'
import { may } from '#auth/rights.ts'
import { exportLog } from '#features/management-log/export.ts'
import { readFilter, toInput } from '#features/management-log/filter-url.ts'
import { filterInput } from '#features/management-log/schema.ts'
import { runtime } from '#runtime.ts'
import { scopeOf } from '#trpc/procedures.ts'

export async function GET(request: Request): Promise<Response> {
  const session = await sessionOf(request.headers)
  if (session === null) return new Response('You are signed out.\n', { status: 401 })
  if (!may(session.role, 'look')) return new Response('Your role does not allow this.\n', { status: 403 })
  // A foreign page gets nothing to read, and must not fill the log with exports either.
  const sentFrom = request.headers.get('sec-fetch-site') ?? 'none'
  if (sentFrom !== 'same-origin' && sentFrom !== 'none')
    return new Response('This did not come from the console.\n', { status: 403 })

  const filter = filterInput.parse(toInput(readFilter(new URL(request.url).searchParams)))
  const day = new Date().toISOString().slice(0, 10)
  return new Response(await exportLog(scopeOf(runtime(), session), filter), {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="remote-management-log-${day}.csv"`,
      'cache-control': 'no-store',
    },
  })
}
