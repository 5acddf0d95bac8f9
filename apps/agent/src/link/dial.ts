/**
 * One dial: from an address to an open socket.io connection of which we know the TLS session underneath. Nobody is
 * trusted yet; that is what the handshake is for (handshake.ts), and why no certificate is refused here.
 *
 *   resolving ──► connecting ──► securing ──► upgrading ──► open
 *    proxying ────────────────────┘  (tunnel.ts)
 *       └─────────────┴─────────────┴─────────────┴── failed: a code of the closed list
 *
 * A name is resolved anew each time. Of its addresses, IPv6 and IPv4 in turn, the next is tried while an earlier one
 * stays silent.
 */
import './keep-undici-out.ts'
import { type DialFault, LIMITS, mostTelling, nameDialFault } from '@holdfast/protocol'
import { io } from 'socket.io-client'
import { z } from 'zod'
import { Failure } from '../failure.ts'
import { channelOf } from './channel.ts'
import { Line } from './line.ts'
import { FROM_ENVIRONMENT, type ProxySetting, proxyFor, proxyName } from './proxy.ts'
import { type Lookup, Observed, observing } from './transport.ts'

/** Beyond the 10 s that a resolver without a network takes to say so. */
const DIAL_MS_MAX = 15_000

export type DialOptions = {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly proxy?: ProxySetting
  /** Where HTTPS_PROXY and NO_PROXY stand. */
  readonly env?: NodeJS.ProcessEnv
  /** In place of the system's resolver. */
  readonly lookup?: Lookup
  /** Sent along with the request for a link, for whoever reads the portal's log. */
  readonly query?: Readonly<Record<string, string>>
}

/**
 * Dials `host:port`. Fails with the reason that fits the fault; never leaves a socket behind. An aborted `signal` ends
 * the dial with `agent_stopped`.
 */
export async function dial(address: string, options: DialOptions = {}): Promise<Line> {
  const { signal, timeoutMs = DIAL_MS_MAX, lookup, env = process.env } = options
  const proxy = proxyFor(address, options.proxy ?? FROM_ENVIRONMENT, env)
  const way = proxy === null ? address : `${address} through ${proxyName(proxy)}`
  const observed = new Observed()
  const socket = io(`https://${address}`, {
    path: '/link',
    transports: [observing(observed, { address, proxy, lookup, messageBytesMax: LIMITS.messageBytesMax })],
    forceNew: true,
    reconnection: false,
    autoConnect: false,
    ...(options.query && { query: options.query }),
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
      observed.giveUp()
      reject(failure)
    }
    const fault = (seen: DialFault) => fail(new Failure(nameDialFault(seen, way)))
    const onAbort = () => fail(new Failure({ code: 'agent_stopped' }))
    const timer = setTimeout(() => fault({ type: 'timeout', stage: observed.stage }), timeoutMs)

    socket.once('connect_error', (error) => fault(observed.fault ?? whatHappened(error, observed)))
    socket.once('connect', () => {
      const { tls } = observed
      if (tls === null) return fault({ type: 'foreign' })
      settle()
      const through = proxy === null ? null : proxyName(proxy)
      resolve(new Line(socket, address, channelOf(tls), { ip: observed.ip, proxy: through }))
    })
    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.connect()
  })
}

const coded = z.object({ code: z.string() })
/** The parts of engine.io's error in which the cause hides; several causes where a name has several addresses. */
const transportError = z.object({
  description: z.object({ error: coded.extend({ errors: z.array(coded).min(1).optional() }) }),
})

function whatHappened(error: Error, { stage }: Observed): DialFault {
  const parsed = transportError.safeParse(error)
  if (!parsed.success) return { type: 'foreign' }
  const { code, errors } = parsed.data.description.error
  return { type: 'error', code: errors ? mostTelling(errors.map((each) => each.code)) : code, stage }
}
