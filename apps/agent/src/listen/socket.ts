import type { DisconnectReason, Socket } from 'socket.io'
import type { Socket as DialledSocket } from 'socket.io-client'
import type { LineSocket } from '../link/line.ts'

/** What the listening end calls an ending, in the words of the end that dials. */
const REASONS: Record<DisconnectReason, DialledSocket.DisconnectReason> = {
  'transport error': 'transport error',
  'transport close': 'transport close',
  'forced close': 'transport close',
  'ping timeout': 'ping timeout',
  'parse error': 'parse error',
  'client namespace disconnect': 'io server disconnect',
  'server shutting down': 'io client disconnect',
  'forced server close': 'io client disconnect',
  'server namespace disconnect': 'io client disconnect',
}

/** A socket that was accepted, as a line takes it: which end opened it makes no difference from here on. */
export function acceptedSocket(socket: Socket): LineSocket {
  return {
    onAny: (listener) => socket.onAny(listener),
    once: (event, listener) => socket.once(event, (reason, details) => listener(REASONS[reason], details)),
    emit: (event, payload) => socket.emit(event, payload),
    volatile: { emit: (event, payload) => socket.volatile.emit(event, payload) },
    timeout: (ms) => ({ emitWithAck: (event, payload) => socket.timeout(ms).emitWithAck(event, payload) }),
    disconnect: () => socket.disconnect(true),
    io: { engine: { on: (event, listener) => socket.conn.on(event, listener) } },
  }
}
