/** How a feature answers something other than a result: with an entry of errors.ts. */
import type { Refusal } from '@holdfast/protocol'
import { TRPCError } from '@trpc/server'
import { ERRORS, type ErrorCode, type ErrorData } from './errors.ts'

/** The cause of every error that a procedure means to answer. */
export class Failure extends Error {
  readonly code: ErrorCode
  readonly refusal: ErrorData['refusal']
  readonly fields: ErrorData['fields']

  constructor(code: ErrorCode, refusal: ErrorData['refusal'] = null, fields: ErrorData['fields'] = {}) {
    super(refusal === null ? code : `${code}: ${refusal.code}`)
    this.name = 'Failure'
    this.code = code
    this.refusal = refusal
    this.fields = fields
  }
}

/** To be thrown. `field` names the input field beside which the title belongs. */
export function fail(code: ErrorCode, field?: string): TRPCError {
  const { status, title } = ERRORS[code]
  const fields = field === undefined ? {} : { [field]: [title] }
  return new TRPCError({ code: status, message: code, cause: new Failure(code, null, fields) })
}

/** To be thrown when a server, or the link to it, said no. */
export function fromServer(refusal: Refusal): TRPCError {
  const { code, detail = '' } = refusal
  const cause = new Failure('refused_by_server', { code, detail })
  return new TRPCError({ code: ERRORS.refused_by_server.status, message: code, cause })
}
