/**
 * What is settled about a request before Next sees it, because Next takes both on trust:
 *
 *   where it comes from   `X-Forwarded-For` is whatever the other end wrote. Only a reverse proxy that ends TLS for us is
 *                         believed; otherwise the address of the connection takes its place. Sign-in counts attempts by it.
 *   how much it carries   Next reads a body of any size into memory, whoever sends it, and keeps it for as long as the
 *                         rest of it does not come. So of large ones only a few are let in at the same time.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from '../settings.ts'

/** The largest that the console sends is a plan: 1,000 paths of 4,096 characters. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024

/** Anybody may send as much, and all that anybody sends but a few plans is smaller. */
const SMALL_BODY_BYTES = 64 * 1024
/** Of all bodies that are not small. */
const LARGE_BODIES_BYTES_MAX = 8 * BODY_BYTES_MAX

/** How many bytes of large bodies may come at this moment. */
export type LargeBodies = { bytesLeft: number }
export const roomForLargeBodies = (): LargeBodies => ({ bytesLeft: LARGE_BODIES_BYTES_MAX })

/** False: it has been answered already. */
export function comesIn(
  request: IncomingMessage,
  response: ServerResponse,
  { tls, url }: Pick<Settings['console'], 'tls' | 'url'>,
  room: LargeBodies,
): boolean {
  const isBehindProxy = url !== null && tls === null
  if (!isBehindProxy) request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
  const status = whyNot(request, room)
  if (status === null) {
    takeRoom(request, response, room)
    return true
  }
  response.writeHead(status, { Connection: 'close' }).end()
  return false
}

/** Browsers always say how long a body is, and Node holds them to it. */
function whyNot({ headers }: IncomingMessage, { bytesLeft }: LargeBodies): 411 | 413 | 503 | null {
  if (headers['transfer-encoding'] !== undefined) return 411
  const bytes = lengthOf(headers)
  if (bytes > BODY_BYTES_MAX) return 413
  return bytes > SMALL_BODY_BYTES && bytes > bytesLeft ? 503 : null
}

function takeRoom({ headers, socket }: IncomingMessage, response: ServerResponse, room: LargeBodies): void {
  const bytes = lengthOf(headers)
  if (bytes <= SMALL_BODY_BYTES) return
  room.bytesLeft -= bytes
  const giveBack = (): void => {
    response.off('close', giveBack)
    socket.off('close', giveBack)
    room.bytesLeft += bytes
  }
  response.once('close', giveBack)
  // An answer that waits for the one before it is not told by Node that its connection has closed.
  socket.once('close', giveBack)
}

function lengthOf(headers: IncomingMessage['headers']): number {
  return Number(headers['content-length'] ?? 0)
}
