import type { RefusalCode } from '@holdfast/protocol'
import type { Socket } from 'socket.io-client'
import { z } from 'zod'

/** WebSocket's own code for "message too big". */
const TOO_BIG = 1009

const REASONS: Record<Socket.DisconnectReason, RefusalCode> = {
  'io server disconnect': 'portal_closing',
  'io client disconnect': 'agent_stopped',
  'ping timeout': 'ping_timeout',
  'transport close': 'connection_lost',
  'transport error': 'connection_lost',
  'parse error': 'malformed_message',
}

const closeEvent = z.object({ context: z.object({ code: z.number() }) })
const tooLong = z.object({
  description: z.object({ error: z.object({ code: z.literal('WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') }) }),
})

/** As engine.io's server says it: of the error of ws, it hands on nothing but the words. */
const isRefusedBySize = (details: unknown): boolean =>
  details instanceof Error && details.message.endsWith('Max payload size exceeded')

/** What socket.io says when a connection ends, in the words of the closed list. */
export function whyItEnded(reason: Socket.DisconnectReason, details?: unknown): RefusalCode {
  const closed = closeEvent.safeParse(details)
  if (closed.success && closed.data.context.code === TOO_BIG) return 'message_too_large'
  if (tooLong.safeParse(details).success || isRefusedBySize(details)) return 'message_too_large'
  return REASONS[reason]
}
