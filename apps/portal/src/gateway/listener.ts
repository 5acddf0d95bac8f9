/**
 * The ports that agents dial: TLS, websocket only, nothing compressed. Whatever is no agent gets a short neutral answer,
 * and somebody who forgot the TLS is told so in plain HTTP, because a browser or a proxy would show him nothing else.
 *
 * What a link costs in memory is decided here as much as anywhere:
 *   no per-message deflate           268 kB a link
 *   X25519 before all else           7 kB a link: no post-quantum key exchange by default on Node 24
 *   ALPN by a function               4 kB a link: given as a list, Node copies it for each connection into its shared
 *                                    pool of small buffers, and one such copy keeps 64 kB of the pool
 *   the HTTP request is let go of    see `takeTls`
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer, type Server as PlainServer, type Socket as RawSocket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as after } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'
import { LIMITS, PLAIN_GREETING } from '@holdfast/protocol'
import { Server, type Socket } from 'socket.io'
import type { GatewayCertificate } from '#keys/gateway-certificate.ts'
import { plainAddress } from './attempts.ts'
import type { Doorstep } from './doorstep.ts'
import type { Knocks } from './knocks.ts'
import { Lobby } from './lobby.ts'
import type { Peer } from './peer.ts'
import { VaultRelay } from './vault-relay.ts'
import { watchDoor } from './watch-door.ts'

type NoEvents = Record<string, never>
type AnyEvents = { [event: string]: (...args: unknown[]) => void }
export type AcceptedSocket = Socket<AnyEvents, AnyEvents, NoEvents, { peer?: Peer }>

/** Where to listen. */
export type Place = { readonly host: string; readonly port: number }

export type ListenerOptions = {
  readonly certificate: GatewayCertificate
  /** Somebody is connected, and has said nothing yet. */
  readonly onSocket: (socket: AcceptedSocket) => void
  readonly onPlainHttp: (address: string) => void
  readonly knocks: Knocks
  readonly doorstep: Doorstep
  readonly vaultRelay: VaultRelay
}

const TLS_HANDSHAKE_MS_MAX = 10_000
const HTTP_MS_MAX = 10_000
/** From the websocket's upgrade to socket.io's own connect packet, which an agent sends in the same breath. */
const CONNECT_MS_MAX = 5_000
/**
 * Connections that wait to be accepted. All of them are accepted in one turn of the event loop, so a long queue would
 * hold up everything else; whoever finds it full is let in by TCP's own next try, a second later.
 */
const BACKLOG = 256
const CLOSE_MS_MAX = 2_000

export class Listener {
  readonly #https: HttpsServer
  /** Its other ports: they accept, and hand over to the first. */
  readonly #others: PlainServer[] = []
  readonly #io: Server<AnyEvents, AnyEvents, NoEvents, { peer?: Peer }>

  constructor({ certificate, onSocket, onPlainHttp, knocks, doorstep, vaultRelay }: ListenerOptions) {
    this.#https = createHttpsServer(
      {
        cert: certificate.certificate,
        key: certificate.key,
        minVersion: 'TLSv1.2',
        ecdhCurve: 'X25519:P-256',
        ALPNCallback: chooseProtocol,
        pauseOnConnect: true,
        handshakeTimeout: TLS_HANDSHAKE_MS_MAX,
        headersTimeout: HTTP_MS_MAX,
        requestTimeout: HTTP_MS_MAX,
        keepAliveTimeout: 1,
        maxHeaderSize: 8_192,
      },
      answerNeutrally,
    )
    waitForTls(this.#https, doorstep)
    answerPlainHttp(this.#https, onPlainHttp)
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
    this.#io.on('connection', onSocket)
    leadToVaults(this.#https, vaultRelay)
    this.#https.prependListener('upgrade', answerInOnePiece)
    watchDoor(this.#https, knocks)
  }

  /** The ports it got. Rejects with the system's own error, with the place in it that was not to be had. */
  async listen(places: readonly Place[]): Promise<number[]> {
    const ports: number[] = []
    for (const place of places) {
      const server = ports.length === 0 ? this.#https : this.#another()
      ports.push(
        await listen(server, place).catch((error) => Promise.reject(Object.assign(error, { place }))),
      )
    }
    return ports
  }

  get isListening(): boolean {
    return this.#servers.every((server) => server.listening)
  }

  /** Nobody new comes in. Who is in, stays. */
  stopAccepting(): void {
    for (const server of this.#servers) server.close()
  }

  get #servers(): readonly PlainServer[] {
    return [this.#https, ...this.#others]
  }

  /** For the TLS server it makes no difference where a connection was accepted. */
  #another(): PlainServer {
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      this.#https.emit('connection', socket)
    })
    this.#others.push(server)
    return server
  }

  /** Closes whoever is still here. Those who do not answer are not waited for. */
  async close(): Promise<void> {
    this.#https.closeAllConnections()
    await Promise.race([this.#io.close(), after(CLOSE_MS_MAX, undefined, { ref: false })])
  }
}

function listen(server: PlainServer, { host, port }: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

/**
 * The TLS session under a socket, which is needed for the handshake alone. After that the HTTP request that it came
 * with, its headers and what socket.io copied from them serve nobody, and would stay for as long as the link.
 */
export function takeTls(socket: AcceptedSocket): TLSSocket {
  const { socket: tls } = socket.conn.request
  Reflect.set(socket.conn, 'request', null)
  Reflect.set(socket, 'handshake', null)
  if (!isTls(tls)) throw new Error('The gateway listens with TLS only.')
  return tls
}

function chooseProtocol({ protocols }: { protocols: readonly string[] }): string | undefined {
  return protocols.find((protocol) => protocol === 'http/1.1')
}

function isTls(socket: RawSocket): socket is TLSSocket {
  return 'exportKeyingMaterial' in socket
}

function answerNeutrally(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  response.writeHead(404, { 'Content-Type': 'text/plain', Connection: 'close' })
  response.end('Not found\n')
}

const PLAIN_HTTP_BODY = `${PLAIN_GREETING}: it speaks TLS only, and only with Holdfast agents.\n`
const PLAIN_HTTP_ANSWER = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain',
  `Content-Length: ${PLAIN_HTTP_BODY.length}`,
  'Connection: close',
  '',
  PLAIN_HTTP_BODY,
].join('\r\n')

/** Puts the lobby between a connection and the beginning of its TLS, which is Node's own listener. */
function waitForTls(https: HttpsServer, doorstep: Doorstep): void {
  const beginTls = https.listeners('connection')
  https.removeAllListeners('connection')
  const lobby = new Lobby((socket) => {
    if (!socket.destroyed) for (const begin of beginTls) begin.call(https, socket)
  })
  https.on('connection', (socket: RawSocket) => {
    if (doorstep.enter(socket)) lobby.enter(socket)
  })
}

/** Before engine.io sees them, which cuts after a second what is not its own. */
function leadToVaults(https: HttpsServer, vaultRelay: VaultRelay): void {
  const ofLinks = https.listeners('upgrade')
  https.removeAllListeners('upgrade')
  https.on('upgrade', (request: IncomingMessage, socket: RawSocket, early: Buffer) => {
    if (VaultRelay.isMeant(request)) vaultRelay.take(request, socket, early)
    else for (const take of ofLinks) take.call(https, request, socket, early)
  })
}

/** The upgrade's answer and engine.io's first packet are written in one turn: as one TLS record, they cost one write. */
function answerInOnePiece(_request: IncomingMessage, socket: Duplex): void {
  socket.cork()
  setImmediate(uncork, socket)
}

function uncork(socket: Duplex): void {
  socket.uncork()
}

/** What OpenSSL calls plain text where a TLS hello should be. */
const PLAIN_TEXT = new Set(['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_WRONG_VERSION_NUMBER'])

/**
 * By the time that TLS has failed, its socket is gone, and only the one underneath can still carry an answer. They are
 * kept until TLS has succeeded or the connection is over: a health check or a port scan ends before either is said in a
 * way that names it. Returns who is being kept.
 */
export function answerPlainHttp(
  https: HttpsServer,
  onPlainHttp: (address: string) => void,
): ReadonlyMap<string, RawSocket> {
  const greeting = new Map<string, RawSocket>()
  const nameOf = ({ remoteAddress, remotePort }: RawSocket): string => `${remoteAddress} ${remotePort}`
  function forget(this: RawSocket): void {
    if (greeting.get(nameOf(this)) === this) greeting.delete(nameOf(this))
  }
  https.on('connection', (raw: RawSocket) => {
    greeting.set(nameOf(raw), raw)
    raw.on('close', forget)
  })
  https.on('secureConnection', (tls) => {
    const raw = greeting.get(nameOf(tls))
    raw?.off('close', forget)
    greeting.delete(nameOf(tls))
  })
  https.on('tlsClientError', (error: NodeJS.ErrnoException, tls) => {
    if (!PLAIN_TEXT.has(error.code ?? '')) return
    const raw = greeting.get(nameOf(tls))
    onPlainHttp(plainAddress(tls.remoteAddress ?? ''))
    raw?.on('error', () => {})
    raw?.resume().end(PLAIN_HTTP_ANSWER)
  })
  return greeting
}
