/** Turns whatever a procedure threw into what a browser may know (`ErrorData`), and the rest into a line of the log. */
import type { TRPCError } from '@trpc/server'
import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { type ErrorCode, type ErrorData, problem, refusalProblem } from './errors.ts'
import { Failure } from './failure.ts'

/** What tRPC itself answers before or after our own code, in our words. */
const OF_TRPC: Partial<Record<TRPCError['code'], ErrorCode>> = {
  NOT_FOUND: 'not_found', // no such procedure: a page that is older than the portal
  METHOD_NOT_SUPPORTED: 'not_found',
  BAD_REQUEST: 'invalid_input',
  PARSE_ERROR: 'invalid_input',
  UNPROCESSABLE_CONTENT: 'invalid_input',
  PAYLOAD_TOO_LARGE: 'invalid_input',
  UNSUPPORTED_MEDIA_TYPE: 'foreign_page',
}

const described = new WeakMap<TRPCError, ErrorData>()

/** The same error gives the same answer each time it is asked, so that browser and log name the same id. */
export function describeError(error: TRPCError): ErrorData {
  const known = described.get(error)
  if (known !== undefined) return known
  const data = describe(error)
  described.set(error, data)
  return data
}

function describe(error: TRPCError): ErrorData {
  const { cause } = error
  if (cause instanceof Failure) {
    const { code, refusal, fields } = cause
    return { problem: refusal ? refusalProblem(refusal.code) : problem(code), refusal, fields, id: null }
  }
  if (cause instanceof z.ZodError && error.code === 'BAD_REQUEST')
    return { problem: problem('invalid_input'), refusal: null, fields: fieldsOf(cause), id: null }
  const code = OF_TRPC[error.code]
  if (code !== undefined) return { problem: problem(code), refusal: null, fields: {}, id: null }
  return { problem: problem('unexpected'), refusal: null, fields: {}, id: uuidv7() }
}

function fieldsOf(error: z.ZodError): ErrorData['fields'] {
  const fields: Record<string, string[]> = {}
  for (const issue of error.issues) {
    const path = issue.path.join('.')
    fields[path] = [...(fields[path] ?? []), issue.message]
  }
  return fields
}
