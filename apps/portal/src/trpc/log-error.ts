/** The portal's own log of what went wrong in a procedure. Only mistakes are logged: everything else was an answer. */
import type { TRPCError } from '@trpc/server'
import { runtime } from '#runtime.ts'
import { createProcessLog, type ProcessLog } from '#start/process-log.ts'
import { describeError } from './describe-error.ts'

let processLog: ProcessLog | undefined

export function logError({
  error,
  path,
}: {
  readonly error: TRPCError
  readonly path?: string | undefined
}): void {
  const { id } = describeError(error)
  if (id === null) return
  processLog ??= createProcessLog(runtime().settings.logLevel)
  // The input is left out on purpose: it may hold what a person typed.
  processLog.error({ id, path, err: error.cause ?? error }, 'A procedure failed unexpectedly.')
}
