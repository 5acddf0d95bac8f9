/**
 * What is settled about a request before Next sees it, because Next takes both on trust:
 *
 *   where it comes from   `X-Forwarded-For` is whatever the other end wrote. Only a reverse proxy that ends TLS for us is
 *                         believed; otherwise the address of the connection takes its place. Sign-in counts attempts by it.
 *   how much it carries   Next reads a body of any size into memory, whoever sends it, and keeps it for as long as the
 *                         rest of it does not come. So large ones are for people who are signed in, and only a few of
 *                         them are let in at the same time.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from '../settings.ts'

/** The largest that the console sends is a plan: 1,000 paths of 4,096 characters. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024

/** Anybody may send as much, signing in is far smaller, and all that is sent but a few plans is. */
const SMALL_BODY_BYTES = 64 * 1024
/** Of all bodies that are not small. */
const LARGE_BODIES_BYTES_MAX = 8 * BODY_BYTES_MAX

/** Whether a `Cookie` header is that of somebody who has signed in. */
export type IsSignedIn = (cookies: string | undefined) => Promise<boolean>

/** Resolves to false when it has been answered already, or nobody waits for an answer any more. */
export type FrontDoor = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>

export function frontDoor(
  { tls, url }: Pick<Settings['console'], 'tls' | 'url'>,
  isSignedIn: IsSignedIn,
): FrontDoor {
  const isBehindProxy = url !== null && tls === null
  const room: Room = { bytesLeft: LARGE_BODIES_BYTES_MAX }
  return async (request, response) => {
    if (!isBehindProxy) request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
    // Browsers always say how long a body is, and Node holds them to it.
    if (request.headers['transfer-encoding'] !== undefined) return turnAway(response, 411)
    const bytes = Number(request.headers['content-length'] ?? 0)
    if (bytes > BODY_BYTES_MAX) return turnAway(response, 413)
    if (bytes <= SMALL_BODY_BYTES) return true
    if (!(await isSignedIn(request.headers.cookie))) return turnAway(response, 401)
    if (bytes > room.bytesLeft) return turnAway(response, 503)
    if (request.socket.destroyed) return false
    takeRoom(bytes, request, response, room)
    return true
  }
}

/** How many bytes of large bodies may come at this moment. */
type Room = { bytesLeft: number }

function turnAway(response: ServerResponse, status: 401 | 411 | 413 | 503): false {
  response.writeHead(status, { Connection: 'close' }).end()
  return false
}

function takeRoom(bytes: number, { socket }: IncomingMessage, response: ServerResponse, room: Room): void {
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
