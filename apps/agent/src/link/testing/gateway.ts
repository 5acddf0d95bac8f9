/**
 * A portal for tests: real TLS, real socket.io, real OPAQUE and the protocol's own `verifierStep`, without a database.
 * It remembers what it was told, and tests say what it wants: `await gateway.agentOnline()`, `gateway.command(...)`.
 */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket as RawSocket } from 'node:net'
import { TLSSocket } from 'node:tls'
import {
  agentToPortal,
  type Command,
  type Fact,
  LIMITS,
  type Machine,
  type Plan,
  type Progress,
  type Query,
  type Refusal,
  type Report,
  WIRE,
} from '@holdfast/protocol'
import {
  type Channel,
  type Hello,
  TLS_EXPORTER,
  type VerifierAction,
  type VerifierEvent,
  type VerifierState,
  verifierStep,
} from '@holdfast/protocol/handshake'
import * as opaque from '@serenity-kit/opaque'
import { Server, type Socket } from 'socket.io'
import { makeCertificate, type TestCertificate } from './certificate.ts'
import { type OpaqueRegistration, registerPassword } from './opaque-record.ts'

export const PASSWORD = 'correct horse battery'
export const NAME = 'acme/fs1'
const SERVER_ID = 'server-1'

export type GatewayOptions = {
  readonly certificate?: TestCertificate
  readonly port?: number
  readonly registration?: OpaqueRegistration
  readonly pingIntervalMs?: number
  readonly pingTimeoutMs?: number
  /** Milliseconds by which its clock is ahead. */
  readonly clockAheadMs?: number
  /** In place of admission. */
  readonly refusal?: Refusal
  readonly appliedThrough?: number
  /** False: takes reports but never acknowledges them. */
  readonly acknowledges?: boolean
  /** So many batches of reports are not taken, because they come too fast. */
  readonly refusesBatches?: number
}

export class TestGateway {
  readonly certificate: TestCertificate
  readonly registration: OpaqueRegistration
  /** Everything that was applied, in order. */
  readonly reports: Report[] = []
  readonly progress: Progress[] = []
  readonly machines: Machine[] = []
  /** What each proof said of its machine. */
  readonly provenMachines: Machine[] = []
  readonly hellos: Hello[] = []
  /** How each handshake ended here: null for a proven one. */
  readonly verdicts: (Refusal | null)[] = []
  readonly options: GatewayOptions
  #server: HttpsServer
  #io: Server
  #online: Socket | null = null
  #appliedThrough: number
  #refusedBatches = 0
  #watchers: (() => void)[] = []

  static async start(options: GatewayOptions = {}): Promise<TestGateway> {
    const registration = options.registration ?? (await registerPassword(PASSWORD, SERVER_ID))
    const gateway = new TestGateway(options, registration)
    gateway.#server.listen(options.port ?? 0, '127.0.0.1')
    await once(gateway.#server, 'listening')
    return gateway
  }

  private constructor(options: GatewayOptions, registration: OpaqueRegistration) {
    this.options = options
    this.registration = registration
    this.certificate = options.certificate ?? makeCertificate()
    this.#appliedThrough = options.appliedThrough ?? 0
    this.#server = createServer({ key: this.certificate.key, cert: this.certificate.cert })
    this.#io = new Server(this.#server, {
      path: '/link',
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: LIMITS.messageBytesMax,
      pingInterval: options.pingIntervalMs ?? LIMITS.pingIntervalMs,
      pingTimeout: options.pingTimeoutMs ?? LIMITS.pingTimeoutMs,
    })
    this.#io.on('connection', (socket) => this.#verify(socket))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  get facts(): Fact[] {
    return this.reports.map((report) => report.fact)
  }

  /** Resolves when `look` finds what it looks for, at once or after the next thing that happens here. */
  async until<T>(look: () => T | undefined | null | false): Promise<T> {
    while (true) {
      const found = look()
      if (found !== undefined && found !== null && found !== false) return found
      await new Promise<void>((resolve) => this.#watchers.push(resolve))
    }
  }

  agentOnline(): Promise<Socket> {
    return this.until(() => this.#online)
  }

  agentOffline(): Promise<boolean> {
    return this.until(() => this.#online === null)
  }

  fact<T extends Fact['type']>(type: T, more: Partial<Extract<Fact, { type: T }>> = {}) {
    const matches = (fact: Fact): fact is Extract<Fact, { type: T }> =>
      fact.type === type && Object.entries(more).every(([key, value]) => Reflect.get(fact, key) === value)
    return this.until(() => this.facts.find(matches))
  }

  /** What the agent acknowledged. */
  async plans(plans: readonly Plan[], more: { recovery?: string | null } = {}): Promise<unknown> {
    const wanted = { plans, ...more }
    return (await this.agentOnline()).timeout(5_000).emitWithAck(WIRE.portalToAgent.plans, wanted)
  }

  async command(command: Command | object): Promise<unknown> {
    return (await this.agentOnline()).timeout(5_000).emitWithAck(WIRE.portalToAgent.command, command)
  }

  async query(query: Query | object): Promise<unknown> {
    return (await this.agentOnline()).timeout(5_000).emitWithAck(WIRE.portalToAgent.query, query)
  }

  async send(event: string, payload: unknown): Promise<void> {
    const socket = await this.agentOnline()
    socket.emit(event, payload)
  }

  /** In place of the handshake. */
  onConnection(play: (socket: Socket) => void): void {
    this.#io.removeAllListeners('connection')
    this.#io.on('connection', play)
  }

  /** Takes over the upgrades that are no links, from now on. */
  onOtherUpgrade(take: (request: IncomingMessage, socket: RawSocket) => void): void {
    const ofLinks = this.#server.listeners('upgrade')
    this.#server.removeAllListeners('upgrade')
    this.#server.on('upgrade', (request: IncomingMessage, socket: RawSocket, early: Buffer) => {
      if (!request.url?.startsWith('/link')) take(request, socket)
      else for (const each of ofLinks) each.call(this.#server, request, socket, early)
    })
  }

  /** Ends every connection without a word, as a portal that is killed does. */
  kill(): void {
    for (const socket of this.#io.sockets.sockets.values()) socket.conn.close(true)
  }

  async stop(): Promise<void> {
    await this.#io.close()
  }

  #happened(): void {
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  #verify(socket: Socket): void {
    const channel = this.#channelOf(socket)
    let state: VerifierState = { step: 'start' }
    let serverLoginState = ''
    const play = (event: VerifierEvent) => {
      const [next, actions] = verifierStep(state, event, channel)
      state = next
      for (const action of actions) act(action)
    }
    const act = (action: VerifierAction) => {
      switch (action.type) {
        case 'send':
          socket.emit(WIRE.handshake, action.text)
          return
        case 'startLogin':
          this.hellos.push(action.hello)
          play(this.#startLogin(action.hello, (kept) => (serverLoginState = kept)))
          return
        case 'finishLogin':
          play({ type: 'loginChecked', sessionKey: finishLogin(serverLoginState, action.finishLogin) })
          return
        case 'admit': {
          const { refusal } = this.options
          this.provenMachines.push(action.body.machine)
          play(
            refusal
              ? { type: 'refuse', refusal }
              : { type: 'admitted', portalName: "Bill's IT service", appliedThrough: this.#appliedThrough },
          )
          return
        }
        case 'proven':
          this.verdicts.push(null)
          this.#serve(socket)
          this.#happened()
          return
        case 'refused':
          this.verdicts.push(action.refusal)
          this.#happened()
          setImmediate(() => socket.disconnect(true))
      }
    }
    socket.on(WIRE.handshake, (text: unknown) => play({ type: 'received', text }))
  }

  #startLogin(hello: Hello, keep: (state: string) => void): VerifierEvent {
    const isKnown = hello.name === NAME
    const { serverLoginState, loginResponse } = opaque.server.startLogin({
      serverSetup: this.registration.serverSetup,
      userIdentifier: isKnown ? SERVER_ID : 'nobody',
      registrationRecord: isKnown ? this.registration.record : null,
      startLoginRequest: hello.loginRequest,
    })
    keep(serverLoginState)
    return {
      type: 'loginStarted',
      loginResponse,
      nonce: randomBytes(32).toString('base64url'),
      clock: Date.now() + (this.options.clockAheadMs ?? 0),
      capabilities: ['backup', 'browse', 'repository.folder'],
    }
  }

  #serve(socket: Socket): void {
    this.#online = socket
    socket.on('disconnect', () => {
      if (this.#online === socket) this.#online = null
      this.#happened()
    })
    socket.on(WIRE.agentToPortal.reports, (payload: unknown, acknowledge: (receipt: object) => void) => {
      if (this.#refusedBatches < (this.options.refusesBatches ?? 0)) {
        this.#refusedBatches += 1
        const refused = { code: 'too_many_reports', retryAfterMs: 300 }
        return acknowledge({ appliedThrough: this.#appliedThrough, refused })
      }
      const { reports } = agentToPortal.reports.parse(payload)
      this.reports.push(...reports.filter(({ sequence }) => sequence > this.#appliedThrough))
      this.#appliedThrough = Math.max(this.#appliedThrough, reports.at(-1)?.sequence ?? 0)
      if (this.options.acknowledges !== false) acknowledge({ appliedThrough: this.#appliedThrough })
      this.#happened()
    })
    socket.on(WIRE.agentToPortal.progress, (payload: unknown) => {
      this.progress.push(agentToPortal.progress.parse(payload))
      this.#happened()
    })
    socket.on(WIRE.agentToPortal.machine, (payload: unknown) => {
      this.machines.push(agentToPortal.machine.parse(payload))
      this.#happened()
    })
  }

  #channelOf(socket: Socket): Channel {
    const tls: unknown = socket.conn.request.socket
    if (!(tls instanceof TLSSocket)) throw new Error('the gateway speaks TLS only')
    return {
      certificate: {
        sha256: createHash('sha256').update(this.certificate.der).digest('hex'),
        issuer: 'CN=Holdfast gateway',
        subject: 'CN=Holdfast gateway',
        validTo: '',
      },
      exporter: tls.exportKeyingMaterial(TLS_EXPORTER.length, TLS_EXPORTER.label, TLS_EXPORTER.context),
      terminators: [],
    }
  }
}

function finishLogin(serverLoginState: string, finishLoginRequest: string): string | null {
  try {
    return opaque.server.finishLogin({ serverLoginState, finishLoginRequest }).sessionKey
  } catch {
    return null
  }
}
