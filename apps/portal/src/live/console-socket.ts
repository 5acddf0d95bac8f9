/**
 * The console's live line: what happens is told to the browsers that may know of it, and nothing else. It authenticates
 * by the session cookie of the page it belongs to, and takes only pages of the console itself (`Origin`), because a
 * browser sends the cookie along with a socket that any other page opens.
 *
 *   browser ── cookie, Origin ──► session still open? ──► room of its own tenant ◄── bus
 *                                        ▲                    provider:<id> or customer:<id>
 *                                        └── asked again every 5 s; gone: the socket is cut
 *
 * Browsers say nothing here. Whatever one sends ends its socket.
 */
import type { Server as HttpServer } from 'node:http'
import type { Database } from '@holdfast/database'
import { Server, type Socket } from 'socket.io'
import { isOwnOrigin } from '#auth/request-origin.ts'
import { readSessionCookie } from '#auth/session-cookie.ts'
import { findSession, type Session } from '#auth/sessions.ts'
import type { Settings } from '#settings.ts'
import type { ProcessLog } from '#start/process-log.ts'
import type { LiveBus } from './bus.ts'
import { EventFold } from './event-fold.ts'
import type { LiveEvent } from './events.ts'

export const CONSOLE_SOCKET = { path: '/console-socket', namespace: '/console', event: 'live' } as const

export type ConsoleSocketOptions = {
  readonly http: HttpServer
  readonly database: Database
  readonly live: LiveBus
  readonly processLog: ProcessLog
  readonly sessionSecret: string
  /** Where the console listens, and under which address people know it. */
  readonly settings: Pick<Settings, 'console'>
  readonly recheckMs?: number
}

const RECHECK_MS = 5_000

type SocketData = { session: Session; cookie: string | undefined }
type ConsoleEvents = { live: (event: LiveEvent) => void }
type Nothing = Record<string, never>

export class ConsoleSocket {
  readonly #options: ConsoleSocketOptions
  readonly #io: Server<Nothing, ConsoleEvents, Nothing, SocketData>
  readonly #unsubscribe: () => void
  readonly #fold: EventFold
  readonly #recheck: NodeJS.Timeout

  constructor(options: ConsoleSocketOptions) {
    this.#options = options
    const { http, live, settings } = options
    this.#io = new Server(http, {
      path: CONSOLE_SOCKET.path,
      transports: ['websocket'],
      // Other upgrades on this server are Next's.
      destroyUpgrade: false,
      serveClient: false,
      perMessageDeflate: false,
      maxHttpBufferSize: 4_096,
      // Browsers always say which page opens a socket. What is no browser has no cookie to lose.
      allowRequest: ({ headers: { origin, host } }, decide) =>
        decide(null, isOwnOrigin({ origin, host }, settings)),
    })
    const console = this.#io.of(CONSOLE_SOCKET.namespace)
    console.use((socket, proceed) => {
      this.#admit(socket).then(
        (isWelcome) => proceed(isWelcome ? undefined : new Error('not_signed_in')),
        (error) => {
          options.processLog.error({ err: error }, 'A console could not be admitted.')
          proceed(new Error('unavailable'))
        },
      )
    })
    console.on('connection', (socket) => {
      void socket.join(roomOf(socket.data.session))
      socket.onAny(() => socket.disconnect(true))
    })
    this.#fold = new EventFold((event) => this.#tell(event))
    this.#unsubscribe = live.subscribe((event) => this.#fold.add(event))
    this.#recheck = setInterval(() => void this.recheckSessions(), options.recheckMs ?? RECHECK_MS)
  }

  /** Cuts the sockets of sessions that have been revoked, have expired, or belong to somebody else by now. */
  async recheckSessions(): Promise<void> {
    const sockets = [...this.#io.of(CONSOLE_SOCKET.namespace).sockets.values()]
    for (const [sessionId, ofSession] of Map.groupBy(sockets, ({ data }) => data.session.sessionId)) {
      const session = await this.#options.database.directory.findSession(sessionId).catch((error) => {
        this.#options.processLog.error({ err: error }, 'The session of a console could not be checked.')
        return undefined
      })
      // Nobody is thrown out because the database is away for a moment.
      if (session === undefined) continue
      for (const socket of ofSession)
        if (session === null || roomOf(session) !== roomOf(socket.data.session)) socket.disconnect(true)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#recheck)
    this.#unsubscribe()
    this.#fold.stop()
    this.#io.of(CONSOLE_SOCKET.namespace).disconnectSockets(true)
    this.#io.engine.close()
  }

  async #admit(socket: Socket<Nothing, ConsoleEvents, Nothing, SocketData>): Promise<boolean> {
    const { database, sessionSecret } = this.#options
    const claim = await readSessionCookie(socket.request.headers.cookie, sessionSecret)
    const session = claim && (await findSession(database, claim))
    if (session === null) return false
    socket.data.session = session
    return true
  }

  #tell(event: LiveEvent): void {
    const rooms = [roomOf({ providerId: event.providerId, customerId: null })]
    if (event.customerId !== null) rooms.push(roomOf(event))
    const console = this.#io.of(CONSOLE_SOCKET.namespace)
    // While nobody looks, a thousand servers that come back are not put into words a thousand times.
    if (console.sockets.size > 0) console.to(rooms).emit(CONSOLE_SOCKET.event, event)
  }
}

/** A provider's people hear of all customers, a customer's people of that customer. */
function roomOf({
  providerId,
  customerId,
}: {
  readonly providerId: string
  readonly customerId: string | null
}): string {
  return customerId === null ? `provider:${providerId}` : `customer:${customerId}`
}
