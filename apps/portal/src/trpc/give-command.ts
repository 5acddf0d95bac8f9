import type { CommandBody } from '@holdfast/protocol'
import { fail } from './failure.ts'
import type { Scope } from './procedures.ts'

/** How long a click stands when the server is away: longer, and it would surprise people when it happens. */
export const COMMAND_EXPIRES_IN_MS = 10 * 60_000

/** Durable when it resolves. `reason` says in words what the person was doing, for the log here and at the site. */
export async function giveCommand(
  { portal, session }: Scope,
  serverId: string,
  body: CommandBody,
  reason: string,
): Promise<{ commandId: string }> {
  const order = { serverId, body, reason: reason.slice(0, 500), expiresInMs: COMMAND_EXPIRES_IN_MS }
  return portal.agents.give(session, order).catch((error: unknown) => {
    // Removed since it was looked for. The error's class belongs to another bundle of the same process.
    throw error instanceof Error && error.name === 'NoSuchServer' ? fail('not_found') : error
  })
}
