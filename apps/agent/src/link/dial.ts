/**
 * One dial: from an address to an open socket.io connection of which we know the TLS session underneath. Nobody is
 * trusted yet; that is what the handshake is for (handshake.ts), and why no certificate is refused here.
 *
 *   resolving ──► connecting ──► securing ──► upgrading ──► open
 *       └─────────────┴─────────────┴─────────────┴── failed: a code of the closed list
 */
import './keep-undici-out.ts'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { LIMITS } from '@holdfast/protocol'
import { io, NodeWebSocket } from 'socket.io-client'
import { z } from 'zod'
import { Failure } from '../failure.ts'
import { channelOf } from './channel.ts'
import { type DialFault, type DialStage, nameDialFault } from './dial-faults.ts'
import { Line } from './line.ts'

/** Beyond the 10 s that a resolver without a network takes to say so. */
const DIAL_MS_MAX = 15_000

type Observed = {
  stage: DialStage
  response: { status: number; server: string | null } | null
  tls: TLSSocket | null
}

/**
 * Dials `host:port`. Fails with the reason that fits the fault; never leaves a socket behind. An aborted `signal` ends
 * the dial with `agent_stopped`.
 */
export function dial(address: string, { signal, timeoutMs = DIAL_MS_MAX }: DialOptions = {}): Promise<Line> {
  const observed: Observed = { stage: 'resolving', response: null, tls: null }
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
      signal?.removeEventListener('abort', onAbort)
      socket.off()
    }
    const fail = (failure: Failure) => {
      settle()
      socket.disconnect()
      observed.tls?.destroy()
      reject(failure)
    }
    const fault = (seen: DialFault) => fail(new Failure(nameDialFault(seen, address)))
    const onAbort = () => fail(new Failure({ code: 'agent_stopped' }))
    const timer = setTimeout(() => fault({ type: 'timeout', stage: observed.stage }), timeoutMs)

    socket.once('connect_error', (error) => fault(whatHappened(error, observed)))
    socket.once('connect', () => {
      const { tls } = observed
      if (tls === null) return fault({ type: 'foreign' })
      settle()
      resolve(new Line(socket, address, channelOf(tls)))
    })
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.connect()
  })
}

export type DialOptions = { readonly signal?: AbortSignal; readonly timeoutMs?: number }

/** A `ws` transport that notes how far it came and through which TLS session. */
function observing(observed: Observed) {
  return class extends NodeWebSocket {
    override createSocket(uri: string, protocols: string | string[] | undefined, options: object) {
      const createConnection = (connection: ConnectionOptions) => {
        const tls = connectTls({
          ...connection,
          path: undefined,
          // Not for trust, only so that a gateway behind a name-based load balancer can be found.
          servername: isIP(connection.host ?? '') ? '' : (connection.host ?? ''),
          rejectUnauthorized: false,
          minVersion: 'TLSv1.2',
        })
        if (isIP(connection.host ?? '')) observed.stage = 'connecting'
        observed.tls = tls
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
        // 268 kB a link for nothing: what travels here is small.
        perMessageDeflate: false,
        maxPayload: LIMITS.messageBytesMax,
      })
      ws.once('unexpected-response', (_request: ClientRequest, response: IncomingMessage) => {
        observed.response = {
          status: response.statusCode ?? 0,
          server: String(response.headers.server ?? '').slice(0, 100) || null,
        }
        ws.terminate()
      })
      return ws
    }
  }
}

/** The parts of engine.io's error in which the cause hides. */
const transportError = z.object({
  description: z.object({ error: z.object({ code: z.string() }) }),
})

function whatHappened(error: Error, { response, stage }: Observed): DialFault {
  if (response !== null) return { type: 'response', ...response }
  const parsed = transportError.safeParse(error)
  return parsed.success
    ? { type: 'error', code: parsed.data.description.error.code, stage }
    : { type: 'foreign' }
}
