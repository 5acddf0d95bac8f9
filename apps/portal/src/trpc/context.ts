/** What every procedure is given: the portal, who asks, and what is known of the request. */
import { isFromOwnPage } from '#auth/request-origin.ts'
import type { Session } from '#auth/sessions.ts'
import type { PortalRuntime } from '#runtime.ts'

export type Context = {
  readonly portal: PortalRuntime
  /** Null when nobody is signed in. */
  readonly session: Session | null
  /** Sent by one of the console's own pages: without it, nothing is changed. */
  readonly fromOwnPage: boolean
  /** Headers of the answer. Only a request over HTTP has one; a page that is being rendered does not. */
  readonly answerHeaders: Headers | null
}

export function contextOfRequest(
  portal: PortalRuntime,
  session: Session | null,
  request: Headers,
  answerHeaders: Headers,
): Context {
  return { portal, session, fromOwnPage: isFromOwnPage(request, portal.settings), answerHeaders }
}
