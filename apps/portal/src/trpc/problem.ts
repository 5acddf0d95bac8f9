/** What went wrong, for a page to draw: from whatever a query or a mutation was rejected with. */
import { TRPCClientError } from '@trpc/client'
import type { ErrorData, Problem as KnownProblem } from './errors.ts'
import type { AppRouter } from './root.ts'

export type Problem = Omit<KnownProblem, 'code'> & {
  readonly code: KnownProblem['code'] | 'portal_unreachable'
  /** Messages by the path of the input field, such as `name` or `sources.0`. */
  readonly fields: ErrorData['fields']
  /** A server's own words. Foreign text: draw it as such. */
  readonly detail: string
  /** Under which it stands in the portal's log; null when it is no mistake of the portal. */
  readonly id: string | null
}

const UNREACHABLE: Problem = {
  code: 'portal_unreachable',
  title: 'The portal does not answer',
  meaning: 'It is restarting, or the connection between this browser and the portal is interrupted.',
  todo: 'Wait a moment and try again. Backups go on meanwhile.',
  fields: {},
  detail: '',
  id: null,
}

/** Null without an error. */
export function problemOf(error: unknown): Problem | null {
  if (error === null || error === undefined) return null
  const data = isFromPortal(error) ? error.data : null
  if (!data) return UNREACHABLE
  const { problem, fields, refusal, id } = data
  return { ...problem, fields, detail: refusal?.detail ?? '', id }
}

function isFromPortal(error: unknown): error is TRPCClientError<AppRouter> {
  return error instanceof TRPCClientError
}
