/**
 * The port on which an agent waits to be dialled: TLS, websocket only, nothing compressed, as at the gateway. Whatever
 * is no portal gets a short neutral answer, and somebody who forgot the TLS is told so in plain HTTP.
 *
 *   connection ──► threshold: room for one more? ──► TLS ──► websocket ──► a line, on which nobody has proven anything
 *                     │ no: cut                                                 │ proven: its place is free again
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket as RawSocket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import { LIMITS, PLAIN_GREETING } from '@holdfast/protocol'
import { TLS_EXPORTER } from '@holdfast/protocol/handshake'
import { Server, type Socket } from 'socket.io'
import { Line } from '../link/line.ts'
import type { ListenerCertificate } from './certificate.ts'
import { acceptedSocket } from './socket.ts'
import { Threshold, type ThresholdLimits } from './threshold.ts'

/** Somebody who has connected, and what he is to be told of how it went. */
export type Caller = {
  readonly line: Line
  /** The address that he comes from. */
  readonly address: string
  /** How long he has to wait before he may try, or null. */
  readonly mayTry: () => number | null
  readonly proven: () => void
}

export type ListenerOptions = {
  readonly certificate: ListenerCertificate
  readonly onCaller: (caller: Caller) => void
  readonly onPlainHttp: (address: string) => void
  readonly limits?: ThresholdLimits
}

const TLS_HANDSHAKE_MS_MAX = 10_000
const HTTP_MS_MAX = 10_000
const CONNECT_MS_MAX = 5_000
const CLOSE_MS_MAX = 2_000

export class Listener {
  readonly #https: HttpsServer
  readonly #io: Server
  readonly #threshold: Threshold
  readonly #options: ListenerOptions
  /** How each connection that has proven nothing gives back its place, by its far end. */
  readonly #unproven = new Map<string, () => void>()

  constructor(options: ListenerOptions) {
    this.#options = options
    this.#threshold = new Threshold(options.limits)
    const { cert, key } = options.certificate
    this.#https = createServer(
      {
        cert,
        key,
        minVersion: 'TLSv1.2',
        handshakeTimeout: TLS_HANDSHAKE_MS_MAX,
        headersTimeout: HTTP_MS_MAX,
        requestTimeout: HTTP_MS_MAX,
        keepAliveTimeout: 1,
        maxHeaderSize: 8_192,
      },
      answerNeutrally,
    )
    this.#guard()
    this.#io = new Server(this.#https, {
      path: '/link',
      transports: ['websocket'],
      perMessageDeflate: false,
      httpCompression: false,
      serveClient: false,
      maxHttpBufferSize: LIMITS.messageBytesMax,
      pingInterval: LIMITS.pingIntervalMs,
      pingTimeout: LIMITS.pingTimeoutMs,
      connectTimeout: CONNECT_MS_MAX,
    })
    this.#io.on('connection', (socket) => this.#receive(socket))
  }

  /** The port it got. Rejects with the system's own error. */
  listen(host: string | null, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#https.once('error', reject)
      this.#https.listen({ port, ...(host !== null && { host }) }, () => {
        this.#https.off('error', reject)
        resolve((this.#https.address() as AddressInfo).port)
      })
    })
  }

  async close(): Promise<void> {
    this.#https.close()
    this.#https.closeAllConnections()
    await Promise.race([this.#io.close(), pause(CLOSE_MS_MAX, undefined, { ref: false })])
  }

  /** Puts the threshold between a connection and the beginning of its TLS, which is Node's own listener. */
  #guard(): void {
    const beginTls = this.#https.listeners('connection')
    this.#https.removeAllListeners('connection')
    const greeting = new Map<string, RawSocket>()
    this.#https.on('connection', (raw: RawSocket) => {
      const address = plainAddress(raw.remoteAddress)
      const leave = this.#threshold.enter(address)
      if (leave === null) return raw.destroy()
      const key = farEnd(raw)
      const patience = setTimeout(() => raw.destroy(), this.#threshold.proofMs)
      const release = () => {
        clearTimeout(patience)
        leave()
        this.#unproven.delete(key)
      }
      this.#unproven.set(key, release)
      greeting.set(key, raw)
      raw.once('close', () => {
        greeting.delete(key)
        if (this.#unproven.get(key) === release) release()
      })
      for (const begin of beginTls) begin.call(this.#https, raw)
    })
    this.#https.on('secureConnection', (tls) => void greeting.delete(farEnd(tls)))
    this.#https.on('tlsClientError', (error: NodeJS.ErrnoException, tls) => {
      if (!PLAIN_TEXT.has(error.code ?? '')) return
      const raw = greeting.get(farEnd(tls))
      this.#options.onPlainHttp(plainAddress(tls.remoteAddress))
      raw?.on('error', () => {})
      raw?.resume().end(PLAIN_HTTP_ANSWER)
    })
  }

  #receive(socket: Socket): void {
    const { socket: tls } = socket.conn.request
    if (!(tls instanceof TLSSocket)) throw new Error('The agent listens with TLS only.')
    // What came is no packet of socket.io, which closes such a connection by itself right after this.
    socket.on('error', () => {})
    const address = plainAddress(tls.remoteAddress)
    const key = farEnd(tls)
    const { length, label, context } = TLS_EXPORTER
    const line = new Line(acceptedSocket(socket), address, {
      certificate: this.#options.certificate.facts,
      exporter: tls.exportKeyingMaterial(length, label, context),
      terminators: [],
    })
    this.#options.onCaller({
      line,
      address,
      mayTry: () => this.#threshold.take(address),
      proven: () => {
        this.#threshold.giveBack(address)
        this.#unproven.get(key)?.()
      },
    })
  }
}

/** What tells the connections at one port apart: by the time that TLS has failed, its socket is another one. */
function farEnd({ remoteAddress, remotePort }: RawSocket): string {
  return `${remoteAddress} ${remotePort}`
}

/** IPv4 as people write it, also where the system hands it over wrapped in IPv6. */
function plainAddress(address = ''): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address
}

function answerNeutrally(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  response.writeHead(404, { 'Content-Type': 'text/plain', Connection: 'close' })
  response.end('Not found\n')
}

/** What OpenSSL calls plain text where a TLS hello should be. */
const PLAIN_TEXT = new Set(['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_WRONG_VERSION_NUMBER'])
const PLAIN_HTTP_BODY = `${PLAIN_GREETING}: it speaks TLS only, and only with a Holdfast portal.\n`
const PLAIN_HTTP_ANSWER = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain',
  `Content-Length: ${PLAIN_HTTP_BODY.length}`,
  'Connection: close',
  '',
  PLAIN_HTTP_BODY,
].join('\r\n')
