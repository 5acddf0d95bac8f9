/**
 * The `ws` transport of a dial, which notes how far it came, what stood in its way, and through which TLS session it
 * speaks. It makes its connection itself: directly, or through a proxy (tunnel.ts).
 */
import './keep-undici-out.ts'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import type { DialFault, DialStage } from '@holdfast/protocol'
import { NodeWebSocket } from 'socket.io-client'
import { answerOf, readNoUpgrade } from './no-upgrade.ts'
import type { HttpProxy } from './proxy.ts'
import { openTunnel, TunnelFailed } from './tunnel.ts'

export type Lookup = LookupFunction

/** How long one of a name's addresses may stay silent before the next is tried; a satellite answers within it. */
const SILENT_ADDRESS_MS = 1_000

export class Observed {
  stage: DialStage = 'resolving'
  fault: DialFault | null = null
  tls: TLSSocket | null = null
  /** The portal's own, as far as one can see: null behind a proxy. */
  ip: string | null = null
  readonly #givenUp = new AbortController()

  get signal(): AbortSignal {
    return this.#givenUp.signal
  }

  giveUp(): void {
    this.#givenUp.abort()
    this.tls?.destroy()
  }
}

export type Way = {
  readonly address: string
  readonly proxy: HttpProxy | null
  readonly lookup: Lookup | undefined
  readonly messageBytesMax: number
}

type OnConnection = (error: Error | null, socket?: Socket) => void

export function observing(observed: Observed, { address, proxy, lookup, messageBytesMax }: Way) {
  return class extends NodeWebSocket {
    override createSocket(uri: string, protocols: string | string[] | undefined, options: object) {
      const createConnection = (connection: ConnectionOptions, onConnection: OnConnection) => {
        if (proxy === null) return secure(observed, { ...connection, ...(lookup && { lookup }) })
        observed.stage = 'proxying'
        openTunnel(proxy, address, { signal: observed.signal, lookup }).then(
          (socket) => {
            if (observed.signal.aborted) return socket.destroy()
            onConnection(null, secure(observed, { ...connection, socket }))
          },
          (error: unknown) => {
            if (error instanceof TunnelFailed) observed.fault = error.fault
            onConnection(error instanceof Error ? error : new Error('no tunnel'))
          },
        )
      }
      const ws = super.createSocket(uri, protocols, {
        ...options,
        // With an agent, Node would make the connection itself.
        agent: undefined,
        createConnection,
        // 268 kB a link for nothing: what travels here is small.
        perMessageDeflate: false,
        maxPayload: messageBytesMax,
      })
      ws.once('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
        void noteResponse(observed, response).finally(() => ws.terminate())
      })
      return ws
    }
  }
}

/** Node takes them for TLS as well; its types know them for TCP only. */
type RacingOptions = ConnectionOptions &
  Pick<TcpNetConnectOpts, 'autoSelectFamily' | 'autoSelectFamilyAttemptTimeout'>

/** Begins TLS with whoever is there: whether it is the portal is for the caller to find out. */
export function secure(observed: Observed, connection: ConnectionOptions): TLSSocket {
  const host = connection.host ?? ''
  const options: RacingOptions = {
    ...connection,
    path: undefined,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: SILENT_ADDRESS_MS,
    // Not for trust, only so that a gateway behind a name-based load balancer can be found.
    servername: isIP(host) ? '' : host,
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
  }
  const tls = connectTls(options)
  observed.tls = tls
  if (connection.socket) observed.stage = 'securing'
  else if (isIP(host)) observed.stage = 'connecting'
  tls.once('lookup', () => {
    observed.stage = 'connecting'
  })
  tls.once('connect', () => {
    observed.stage = 'securing'
    observed.ip = connection.socket ? null : (tls.remoteAddress ?? null)
  })
  tls.once('secureConnect', () => {
    observed.stage = 'upgrading'
  })
  return tls
}

async function noteResponse(observed: Observed, response: IncomingMessage): Promise<void> {
  // Its body may never end: what is known by then is the answer.
  observed.fault = { type: 'response', ...answerOf(response) }
  observed.fault = await readNoUpgrade(response)
}
