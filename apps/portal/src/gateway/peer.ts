import type { RefusalCode } from '@holdfast/protocol'
import type { DisconnectReason } from 'socket.io'
import type { Socket as DialledSocket } from 'socket.io-client'
import { z } from 'zod'

/** Whoever is at the other end of a socket at this moment: somebody who proves himself (Handshake), then an agent (Link). */
export type Peer = {
  /** `args` is whatever came, and ends with a function when an acknowledgement was asked for. */
  received(event: string, args: readonly unknown[]): void
  closed(code: RefusalCode): void
}

const REASONS: Record<DisconnectReason, RefusalCode> = {
  'transport error': 'connection_lost',
  'transport close': 'connection_lost',
  'forced close': 'connection_lost',
  'ping timeout': 'ping_timeout',
  'parse error': 'malformed_message',
  // What the agent says when it leaves in an orderly way.
  'client namespace disconnect': 'agent_stopped',
  // What we did ourselves. The peer knows why, and is asked first.
  'server shutting down': 'portal_closing',
  'forced server close': 'portal_closing',
  'server namespace disconnect': 'portal_closing',
}

/** Why a socket closed, in the words of the closed list. `description` is whatever engine.io knows beside it. */
export function whyItClosed(reason: DisconnectReason, description: unknown): RefusalCode {
  return isTooLarge(description) ? 'message_too_large' : REASONS[reason]
}

const DIALLED_REASONS: Record<DialledSocket.DisconnectReason, RefusalCode> = {
  'transport error': 'connection_lost',
  'transport close': 'connection_lost',
  'ping timeout': 'ping_timeout',
  'parse error': 'malformed_message',
  'io server disconnect': 'agent_stopped',
  'io client disconnect': 'portal_closing',
}

/** The same for a socket that we have dialled. `details` is whatever socket.io knows beside it. */
export function whyDialledClosed(reason: DialledSocket.DisconnectReason, details: unknown): RefusalCode {
  return tooLong.safeParse(details).success ? 'message_too_large' : DIALLED_REASONS[reason]
}

const tooLong = z.object({
  description: z.object({ error: z.object({ code: z.literal('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') }) }),
})

/** ws ends a connection whose message is beyond the bound. Of its error, engine.io hands on nothing but the words. */
function isTooLarge(description: unknown): boolean {
  return description instanceof Error && description.message.endsWith('Max payload size exceeded')
}
