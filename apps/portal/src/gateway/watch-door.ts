/** Tells `Knocks` what happens at the gateway's port before anybody has said a word: TCP, TLS, and the wish for a websocket. */
import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { DOCTOR_QUERY } from '@holdfast/protocol'
import { plainAddress } from './attempts.ts'
import type { Knocks, KnockTrouble, Line } from './knocks.ts'

export function watchDoor(https: Server, knocks: Knocks): void {
  const underneath = new WeakMap<Line, Socket>()
  function closed(this: Socket): void {
    lineOf(knocks, this)?.brokeOff('tls_closed')
  }
  https.on('connection', (raw: Socket) => {
    const line = knocks.begin(plainAddress(raw.remoteAddress ?? ''), raw.remotePort ?? 0)
    underneath.set(line, raw)
    raw.on('close', closed)
  })
  https.on('secureConnection', (tls: TLSSocket) => {
    const line = lineOf(knocks, tls)
    if (line === null) return
    line.reached('tls')
    underneath.get(line)?.off('close', closed)
    underneath.delete(line)
  })
  https.on('tlsClientError', (error: NodeJS.ErrnoException, tls: TLSSocket) => {
    lineOf(knocks, tls)?.brokeOff(tlsTrouble(error.code ?? ''), error.code)
  })
  https.prependListener('upgrade', (request: IncomingMessage) => {
    const line = lineOf(knocks, request.socket)
    line?.asked(request.headers.host)
    line?.reached('websocket')
    noteCode(knocks, line, request)
  })
  https.prependListener('request', (request: IncomingMessage) => {
    const line = lineOf(knocks, request.socket)
    line?.asked(request.headers.host)
    noteCode(knocks, line, request)
    // A browser asks for pages. An agent asks for this one, and then for a websocket.
    line?.brokeOff(request.url?.startsWith('/link') ? 'upgrade_stripped' : 'unexpected_response')
  })
}

export function lineOf(knocks: Knocks, { remoteAddress, remotePort }: Socket): Line | null {
  return knocks.line(plainAddress(remoteAddress ?? ''), remotePort ?? 0)
}

function noteCode(knocks: Knocks, line: Line | null, { url = '' }: IncomingMessage): void {
  if (line === null || !url.includes(`${DOCTOR_QUERY}=`)) return
  const code = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get(DOCTOR_QUERY)
  if (code !== null) knocks.visited(line, code)
}

/** What Node and OpenSSL call it. What has no line here is shown by their name for it. */
const TROUBLES: Readonly<Record<string, KnockTrouble>> = {
  ERR_SSL_HTTP_REQUEST: 'plain_to_tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'plain_to_tls',
  ECONNRESET: 'tls_closed',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'tls_timeout',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls_version',
  ERR_SSL_NO_SHARED_CIPHER: 'tls_version',
}

/** An alert with which the other end says that it does not like our certificate. */
const NOT_TRUSTED = /ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA)/

function tlsTrouble(code: string): KnockTrouble {
  return TROUBLES[code] ?? (NOT_TRUSTED.test(code) ? 'tls_not_trusted' : 'tls_failed')
}
