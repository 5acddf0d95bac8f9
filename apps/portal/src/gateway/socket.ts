import type { Peer } from './peer.ts'

/**
 * An open socket.io connection with an agent at its other end, as a handshake and a link use it. Which end has dialled
 * makes no difference to them: see listener.ts and dial.ts.
 */
export type LinkSocket = {
  readonly data: { peer?: Peer }
  /** An acknowledgement is asked for by a function in the last place. */
  emit(event: string, ...args: unknown[]): unknown
  disconnect(close: true): unknown
}
