/**
 * An agent for tests: real TLS, real socket.io, real OPAQUE and the protocol's own prover. What it answers and reports
 * is up to the test. It can also misbehave, which is why it shows its socket.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import {
  CAPABILITIES,
  type Fact,
  KEY_STRETCHING,
  type Machine,
  PROTOCOL_VERSION,
  type Refusal,
  type Report,
  reportsReceipt,
  WIRE,
} from '@holdfast/protocol'
import {
  type Channel,
  type Hello,
  type ProverEvent,
  type ProverState,
  proverStep,
  TLS_EXPORTER,
  type WelcomeBody,
} from '@holdfast/protocol/handshake'
import * as opaque from '@serenity-kit/opaque'
import { Manager, NodeWebSocket, type Socket } from 'socket.io-client'

export const MACHINE: Machine = {
  hostname: 'fs1.acme.test',
  platform: 'linux x64',
  agentVersion: '0.1.0',
  resticVersion: '0.14.0',
  notices: [],
}

export type Identity = {
  readonly name: string
  readonly password: string
  readonly instance?: string
  readonly journalId?: string
}

export type DialOptions = {
  readonly session?: number
  readonly machine?: Machine
  readonly clockAheadMs?: number
  /** An older agent's; otherwise all there are. */
  readonly capabilities?: Hello['capabilities']
  /** What it claims to see of the line. */
  readonly claimChannel?: (seen: Channel) => Channel
  /** Has the challenge, and takes its time. */
  readonly beforeProof?: () => Promise<void>
}

export class TestAgent {
  readonly name: string
  readonly instance: string
  readonly journalId: string
  readonly #port: number
  readonly #password: string
  #session = 0
  #sequence = 0

  constructor(port: number, { name, password, instance, journalId }: Identity) {
    this.name = name
    this.instance = instance ?? randomUUID()
    this.journalId = journalId ?? randomUUID()
    this.#port = port
    this.#password = password
  }

  /** Connects and proves itself. @throws TurnedAway with the refusal */
  async dial(options: DialOptions = {}): Promise<TestLink> {
    const { socket, tls } = await openSocket(this.#port)
    this.#session = options.session ?? this.#session + 1
    try {
      const welcome = await this.#prove(
        socket,
        options,
        options.claimChannel?.(channelOf(tls)) ?? channelOf(tls),
      )
      return new TestLink(socket, tls, welcome, this.journalId)
    } catch (error) {
      socket.disconnect()
      throw error
    }
  }

  /** The refusal of a dial that must not succeed. */
  async refusal(options: DialOptions = {}): Promise<Refusal> {
    try {
      const link = await this.dial(options)
      link.close()
    } catch (error) {
      if (error instanceof TurnedAway) return error.refusal
      throw error
    }
    throw new Error('It was let in.')
  }

  /** The next facts of its journal. */
  reports(...facts: Fact[]): Report[] {
    return facts.map((fact) => {
      this.#sequence += 1
      return { sequence: this.#sequence, at: new Date().toISOString(), fact }
    })
  }

  #prove(socket: Socket, options: DialOptions, channel: Channel): Promise<WelcomeBody> {
    const login = opaque.client.startLogin({ password: this.#password })
    const hello: Hello = {
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      capabilities: options.capabilities ?? Object.keys(CAPABILITIES),
      name: this.name,
      instance: this.instance,
      session: this.#session,
      nonce: randomBytes(32).toString('base64url'),
      clock: Date.now() + (options.clockAheadMs ?? 0),
      loginRequest: login.startLoginRequest,
    }
    const facts = { channel, machine: options.machine ?? MACHINE, journalId: this.journalId }
    let prover: ProverState = { step: 'start' }
    return new Promise((resolve, reject) => {
      const play = (event: ProverEvent): void => {
        const [next, actions] = proverStep(prover, event, facts)
        prover = next
        for (const action of actions) {
          if (action.type === 'send') socket.emit(WIRE.handshake, action.text)
          else if (action.type === 'proven') resolve(action.welcome)
          else if (action.type === 'refused') reject(new TurnedAway(action.refusal))
          else {
            const finish = () =>
              play({ type: 'loginFinished', login: this.#finish(login, action.loginResponse) })
            if (options.beforeProof) options.beforeProof().then(finish, reject)
            else finish()
          }
        }
      }
      socket.on(WIRE.handshake, (text: unknown) => play({ type: 'received', text }))
      socket.on('disconnect', (reason) => reject(new Error(`The line was closed: ${reason}`)))
      play({ type: 'opened', hello })
    })
  }

  #finish({ clientLoginState }: { clientLoginState: string }, loginResponse: string) {
    const finished = opaque.client.finishLogin({
      ...{ clientLoginState, loginResponse },
      password: this.#password,
      keyStretching: KEY_STRETCHING,
    })
    return finished ? { finishLogin: finished.finishLoginRequest, sessionKey: finished.sessionKey } : null
  }
}

export class TestLink {
  readonly socket: Socket
  readonly welcome: WelcomeBody
  /** Resolves with why socket.io says that it ended. */
  readonly ended: Promise<string>
  /** What the portal sent, in order, goodbyes included. */
  readonly received: { event: string; payload: unknown }[] = []
  readonly #tls: TLSSocket
  readonly #journalId: string
  readonly #answers = new Map<string, (payload: unknown) => unknown>()
  #onReceived: (() => void)[] = []

  constructor(socket: Socket, tls: TLSSocket, welcome: WelcomeBody, journalId: string) {
    this.socket = socket
    this.#tls = tls
    this.welcome = welcome
    this.#journalId = journalId
    this.ended = new Promise((resolve) => socket.on('disconnect', resolve))
    socket.onAny((event: string, payload: unknown, acknowledge?: (answer: unknown) => void) => {
      this.received.push({ event, payload })
      const answer = this.#answers.get(event)
      if (answer) acknowledge?.(answer(payload))
      for (const tell of this.#onReceived.splice(0)) tell()
    })
  }

  /** From now on, acknowledges such messages like this. */
  answer(event: string, answer: (payload: unknown) => unknown): this {
    this.#answers.set(event, answer)
    return this
  }

  /** From now on, acknowledges such messages without a word. */
  answerNothing(event: string): void {
    this.socket.on(event, (_: unknown, acknowledge?: () => void) => acknowledge?.())
  }

  /** Waits until the portal has sent so many of these in all, and gives their payloads. */
  async expect(event: string, count = 1): Promise<unknown[]> {
    for (;;) {
      const payloads = this.received
        .filter((message) => message.event === event)
        .map(({ payload }) => payload)
      if (payloads.length >= count) return payloads
      await new Promise<void>((resolve) => this.#onReceived.push(resolve))
    }
  }

  /** Sends reports; resolves with how far the portal has applied this journal. */
  async report(reports: readonly Report[]): Promise<number> {
    return (await this.reportReceipt(reports)).appliedThrough
  }

  async reportReceipt(reports: readonly Report[]) {
    const answer = await this.socket.emitWithAck(WIRE.agentToPortal.reports, {
      journalId: this.#journalId,
      reports,
    })
    return reportsReceipt.parse(answer)
  }

  /** From now on reads nothing of what comes, and goes on talking. */
  takeNothing(): void {
    this.#tls.pause()
  }

  close(): void {
    this.socket.disconnect()
  }

  /** Gone without a word, as when a cable is pulled: what the portal gets is a closed TCP connection. */
  drop(): void {
    this.socket.io.engine.close()
  }
}

export class TurnedAway extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.code)
    this.name = 'TurnedAway'
    this.refusal = refusal
  }
}

/** A socket.io connection on which nobody has said a word yet. */
export async function openSocket(port: number): Promise<{ socket: Socket; tls: TLSSocket }> {
  let tls: TLSSocket | undefined
  class WatchedWebSocket extends NodeWebSocket {
    override createSocket(
      uri: string,
      protocols: string | string[] | undefined,
      options: Record<string, unknown>,
    ) {
      const ws = super.createSocket(uri, protocols, options)
      ws.once('upgrade', ({ socket }: { socket: TLSSocket }) => {
        tls = socket
      })
      return ws
    }
  }
  const manager = new Manager(`https://127.0.0.1:${port}`, {
    path: '/link',
    transports: [WatchedWebSocket],
    rejectUnauthorized: false,
    reconnection: false,
    autoConnect: false,
  })
  const socket = manager.socket('/')
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('connect_error', reject)
    socket.connect()
  })
  if (!tls) throw new Error('There is no TLS session.')
  return { socket, tls }
}

function channelOf(tls: TLSSocket): Channel {
  const { raw, issuer, subject, validTo } = tls.getPeerX509Certificate() ?? {}
  return {
    certificate: {
      sha256: createHash('sha256')
        .update(raw ?? '')
        .digest('hex'),
      ...{ issuer: issuer ?? '', subject: subject ?? '', validTo: validTo ?? '' },
    },
    exporter: tls.exportKeyingMaterial(TLS_EXPORTER.length, TLS_EXPORTER.label, TLS_EXPORTER.context),
    terminators: [],
  }
}
