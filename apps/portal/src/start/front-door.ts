/**
 * What is settled about a request before Next sees it, because Next takes both on trust:
 *
 *   where it comes from   `X-Forwarded-For` is whatever the other end wrote. Only a reverse proxy that ends TLS for us is
 *                         believed; otherwise the address of the connection takes its place. Sign-in counts attempts by it.
 *   how much it carries   Next reads a body of any size into memory, whoever sends it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from '../settings.ts'

/** The largest that the console sends is a plan: 1,000 paths of 4,096 characters. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024

/** False: it has been answered already. */
export function comesIn(
  request: IncomingMessage,
  response: ServerResponse,
  { tls, url }: Pick<Settings['console'], 'tls' | 'url'>,
): boolean {
  const isBehindProxy = url !== null && tls === null
  if (!isBehindProxy) request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? ''
  const status = whyNot(request)
  if (status === null) return true
  response.writeHead(status, { Connection: 'close' }).end()
  return false
}

/** Browsers always say how long a body is, and Node holds them to it. */
function whyNot({ headers }: IncomingMessage): 411 | 413 | null {
  if (headers['transfer-encoding'] !== undefined) return 411
  return Number(headers['content-length'] ?? 0) > BODY_BYTES_MAX ? 413 : null
}
