/** What the database's own rules tell, as values. Two people can pass the same check in the same moment; it cannot. */
import type { TRPCError } from '@trpc/server'

/** Waits for `work`; when it broke a rule that something be unique, throws what `otherwise` makes of it. */
export async function unlessTaken<T>(work: Promise<T>, otherwise: () => TRPCError): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isUniqueViolation(error) ? otherwise() : error
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'P2002'
}
