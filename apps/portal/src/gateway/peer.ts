import type { RefusalCode } from '@holdfast/protocol'
import type { DisconnectReason } from 'socket.io'

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

/** ws ends a connection whose message is beyond the bound. Of its error, engine.io hands on nothing but the words. */
function isTooLarge(description: unknown): boolean {
  return description instanceof Error && description.message.endsWith('Max payload size exceeded')
}
