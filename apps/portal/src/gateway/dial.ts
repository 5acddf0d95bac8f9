/**
 * One dial to an agent that listens: from an address to an open socket.io connection of which we know the TLS session
 * underneath. Nobody is trusted yet; that is what the handshake is for, and why no certificate is refused here.
 *
 *   resolving ──► connecting ──► securing ──► upgrading ──► open
 *       └─────────────┴─────────────┴─────────────┴── failed: a code of the closed list, and no word more
 *
 * A person of the provider has set the address. Whatever answers there may be anything, so what is told of it is the code
 * alone: no status, no header, nothing of what it said.
 */
import { createHash } from 'node:crypto'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { type DialFault, type DialStage, LIMITS, nameDialFault, type RefusalCode } from '@holdfast/protocol'
import { type CertificateFacts, type Channel, TLS_EXPORTER } from '@holdfast/protocol/handshake'
import { io, NodeWebSocket, type Socket } from 'socket.io-client'
import { z } from 'zod'
import { watchLife } from './life.ts'
import { type Peer, whyDialledClosed } from './peer.ts'
import type { LinkSocket } from './socket.ts'

export type Dialled = { readonly socket: LinkSocket; readonly address: string; readonly channel: Channel }

export class DialFailed extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode) {
    super(code)
    this.code = code
  }
}

const DIAL_MS_MAX = 15_000

/** The end that listens sends the pings, and says how often. A longer silence would hide a line that is dead. */
const pings = z.object({
  pingInterval: z.number().max(LIMITS.pingIntervalMs),
  pingTimeout: z.number().max(LIMITS.pingTimeoutMs),
})

type Observed = { stage: DialStage; response: number | null; tls: TLSSocket | null; pingsTooRarely: boolean }

/** Dials `host:port`. @throws DialFailed; never leaves a socket behind then */
export function dial(address: string, signal: AbortSignal, timeoutMs = DIAL_MS_MAX): Promise<Dialled> {
  const observed: Observed = { stage: 'resolving', response: null, tls: null, pingsTooRarely: false }
  const socket = io(`https://${address}`, {
    path: '/link',
    transports: [observing(observed)],
    forceNew: true,
    reconnection: false,
    autoConnect: false,
  })
  // The timer is ours, because it knows how far the dial came.
  socket.io.timeout(false)

  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.off()
    }
    const fail = (code: RefusalCode) => {
      settle()
      socket.disconnect()
      observed.tls?.destroy()
      reject(new DialFailed(code))
    }
    const fault = (seen: DialFault) => fail(nameDialFault(seen, address).code)
    const onAbort = () => fail('portal_closing')
    const timer = setTimeout(() => fault({ type: 'timeout', stage: observed.stage }), timeoutMs)

    socket.once('connect_error', (error) => fault(whatHappened(error, observed)))
    socket.once('connect', () => {
      const { tls } = observed
      if (tls === null || observed.pingsTooRarely) return fault({ type: 'foreign' })
      settle()
      const dialled = new DialledSocket(socket)
      watchLife(dialled, socket.io.engine)
      resolve({ socket: dialled, address, channel: channelOf(tls) })
    })
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    socket.connect()
    socket.io.engine.once('handshake', (data: unknown) => {
      observed.pingsTooRarely = !pings.safeParse(data).success
    })
  })
}

/** Hands on what arrives to whoever sits at this end at the moment, as the gateway does for those who have dialled. */
class DialledSocket implements LinkSocket {
  readonly data: { peer?: Peer } = {}
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.onAny((event: string, ...args: unknown[]) => this.data.peer?.received(event, args))
    socket.on('disconnect', (reason, details) => this.data.peer?.closed(whyDialledClosed(reason, details)))
  }

  emit(event: string, ...args: unknown[]): void {
    this.#socket.emit(event, ...args)
  }

  disconnect(): void {
    this.#socket.disconnect()
  }
}

/** A `ws` transport that notes how far it came and through which TLS session. */
function observing(observed: Observed) {
  return class extends NodeWebSocket {
    override createSocket(uri: string, protocols: string | string[] | undefined, options: object) {
      const createConnection = (connection: ConnectionOptions) => {
        const host = connection.host ?? ''
        const tls = connectTls({
          ...connection,
          path: undefined,
          servername: isIP(host) ? '' : host,
          rejectUnauthorized: false,
          minVersion: 'TLSv1.2',
        })
        observed.tls = tls
        if (isIP(host)) observed.stage = 'connecting'
        tls.once('lookup', () => {
          observed.stage = 'connecting'
        })
        tls.once('connect', () => {
          observed.stage = 'securing'
        })
        tls.once('secureConnect', () => {
          observed.stage = 'upgrading'
        })
        return tls
      }
      const ws = super.createSocket(uri, protocols, {
        ...options,
        // With an agent, Node would make the connection itself.
        agent: undefined,
        createConnection,
        perMessageDeflate: false,
        maxPayload: LIMITS.messageBytesMax,
      })
      ws.once('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
        observed.response = response.statusCode ?? 0
        ws.terminate()
      })
      return ws
    }
  }
}

/** The part of engine.io's error in which the cause hides. */
const transportError = z.object({ description: z.object({ error: z.object({ code: z.string() }) }) })

function whatHappened(error: Error, { response, stage }: Observed): DialFault {
  if (response !== null) return { type: 'response', status: response, server: null }
  const parsed = transportError.safeParse(error)
  return parsed.success
    ? { type: 'error', code: parsed.data.description.error.code, stage }
    : { type: 'foreign' }
}

/** The certificate is that of the agent, because it listens; or of whatever sits in between. */
function channelOf(tls: TLSSocket): Channel {
  const { length, label, context } = TLS_EXPORTER
  const exporter = tls.exportKeyingMaterial(length, label, context)
  return { certificate: certificateOf(tls), exporter, terminators: [] }
}

function certificateOf(tls: TLSSocket): CertificateFacts {
  const {
    raw = Buffer.alloc(0),
    issuer = '',
    subject = '',
    validTo = '',
  } = tls.getPeerX509Certificate() ?? {}
  const oneLine = (name: string): string => name.replaceAll('\n', ', ').slice(0, 500)
  const sha256 = createHash('sha256').update(raw).digest('hex')
  return { sha256, issuer: oneLine(issuer), subject: oneLine(subject), validTo: validTo.slice(0, 100) }
}
