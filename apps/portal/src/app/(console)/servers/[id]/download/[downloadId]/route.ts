/** Where a browser comes for what somebody asked to download (features/restore/download.ts). */
import { sessionOf } from '#auth/current-session.ts'
import { may } from '#auth/rights.ts'
import { answerDownload } from '#features/restore/download.ts'
import { runtime } from '#runtime.ts'
import { id } from '#trpc/inputs.ts'
import { scopeOf } from '#trpc/procedures.ts'

type Params = { params: Promise<{ id: string; downloadId: string }> }

export async function GET(request: Request, { params }: Params): Promise<Response> {
  const session = await sessionOf(request.headers)
  if (session === null) return new Response('You are signed out.\n', { status: 401 })
  if (!may(session.role, 'restore')) return new Response('Your role does not allow this.\n', { status: 403 })
  // The address is a secret of this person's page; what comes from another page has no business knowing it.
  const sentFrom = request.headers.get('sec-fetch-site') ?? 'none'
  if (sentFrom !== 'same-origin' && sentFrom !== 'none')
    return new Response('This did not come from the console.\n', { status: 403 })

  const asked = await params
  const serverId = id.safeParse(asked.id).data
  const downloadId = id.safeParse(asked.downloadId).data
  const answer =
    serverId && downloadId && (await answerDownload(scopeOf(runtime(), session), { serverId, downloadId }))
  return answer || new Response('This download is over, or was never asked for.\n', { status: 404 })
}
