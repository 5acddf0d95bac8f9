/**
 * The HTTPS listener: lets requests in, hands them to the service, and turns whatever goes wrong into an answer. A client
 * that was refused in the middle of an upload gets a moment to read why, and then the line is closed: he could otherwise
 * go on sending for ever what nobody wants.
 */

import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { watchTaking } from '@holdfast/protocol/watch-taking'
import { codeOf } from '../storage/durable.ts'
import { Admission, type AdmissionLimits } from './admission.ts'
import { isForVault, Manage } from './manage.ts'
import { REFUSALS, Refused } from './refusals.ts'
import { readRoute, requireMode } from './route.ts'
import { serve, type Vault } from './service.ts'

type Log = (line: string) => void

export type ListenerOptions = {
  readonly vault: Vault
  readonly tls: { readonly certificate: string; readonly key: string }
  readonly tokenKeys: readonly KeyObject[]
  readonly limits: AdmissionLimits
  /** From the first byte of a connection, or of its next request, until all headers are there. */
  readonly headersMsMax: number
  readonly log: Log
}

const REFUSED_READS_MS = 2_000

export function createListener({
  vault,
  tls,
  tokenKeys,
  limits,
  headersMsMax,
  log,
}: ListenerOptions): Server {
  const admission = new Admission(tokenKeys, limits)
  const manage = new Manage({ data: vault.data, meter: vault.meter, tokenKeys })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (isForVault(request.url ?? '')) return await manage.answer(request, response)
      const visit = admission.enter(request.headers.authorization)
      try {
        const { repository, route } = readRoute(request.method ?? '', request.url ?? '')
        // Whether the other one exists is not looked at, so it cannot show.
        if (repository !== visit.claims.repository) throw new Refused('wrong_repository')
        requireMode(visit.claims.mode, route)
        vault.meter.add(visit.claims, { requests: 1 })
        await serve(vault, { request, response, claims: visit.claims }, route)
      } finally {
        visit.leave()
      }
    } catch (error) {
      refuse(request, response, asRefusal(error, request, log))
    }
  }

  const server = createServer({
    key: tls.key,
    cert: tls.certificate,
    minVersion: 'TLSv1.2',
    // The cheapest cipher of those that are good: every CPU of a server does AES in hardware.
    ciphers:
      'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',
    honorCipherOrder: true,
    handshakeTimeout: headersMsMax,
    headersTimeout: headersMsMax,
    connectionsCheckingInterval: Math.min(5_000, headersMsMax),
    // The whole of a request may take as long as its bytes keep coming (pace.ts).
    requestTimeout: 0,
    keepAliveTimeout: 75_000,
    maxHeaderSize: 16 * 1024,
    noDelay: true,
  })
  server.maxConnections = 2_048
  server.on('secureConnection', (socket) =>
    watchTaking(socket, vault.pace, () => {
      log(`${socket.remoteAddress} was cut off: ${REFUSALS.too_slow[1]}`)
      socket.destroy()
    }),
  )
  server.on('request', (request, response) => void answer(request, response))
  server.on('checkContinue', (request, response) => void answer(request, response))
  return server
}

function asRefusal(error: unknown, request: IncomingMessage, log: Log): Refused {
  if (error instanceof Refused) return error
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Refused('disk_full')
  const theClientLeft = request.socket.destroyed || code === 'EPIPE' || code === 'ECONNRESET'
  // The path holds ids only; what authorises a request is in its headers, and never printed.
  if (!theClientLeft) log(`${request.method} ${request.url?.slice(0, 200)} failed: ${String(error)}`)
  return new Refused('broken')
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { code, headers, message }: Refused,
): void {
  if (response.headersSent) {
    // Half an object was sent: only a cut connection says so.
    response.destroy()
    return
  }
  const isWhole = request.complete || !hasBody(request)
  const text = `${message}\n`
  response.writeHead(REFUSALS[code][0], {
    ...headers,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...(!isWhole && { Connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : text)
  if (isWhole) return
  request.on('error', () => undefined).resume()
  const { socket } = request
  const timer = setTimeout(() => socket.destroy(), REFUSED_READS_MS)
  socket.once('close', () => clearTimeout(timer))
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
