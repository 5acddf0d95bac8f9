/**
 * An agent for tests that listens: real TLS, real socket.io, real OPAQUE and the protocol's own prover, over connections
 * that the portal has opened.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server as HttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import {
  CAPABILITIES,
  KEY_STRETCHING,
  LIMITS,
  PROTOCOL_VERSION,
  type RefusalCode,
  WIRE,
} from '@holdfast/protocol'
import {
  type Hello,
  type ProverEvent,
  type ProverState,
  proverStep,
  readHandshake,
  TLS_EXPORTER,
} from '@holdfast/protocol/handshake'
import * as opaque from '@serenity-kit/opaque'
import { Server, type Socket } from 'socket.io'
import { type GatewayCertificate, ownCertificate } from '#keys/gateway-certificate.ts'
import { KeyFolder } from '#keys/key-folder.ts'
import { MACHINE } from './agent.ts'

export type ListeningOptions = {
  readonly password: string
  readonly instance?: string
  /** What it answers with, in place of the name that it was called for. */
  readonly name?: string
  readonly pingIntervalMs?: number
  /** What it claims its certificate to be. */
  readonly certificateSha256?: string
  /** Has the challenge, and takes its time. */
  readonly beforeProof?: () => Promise<void>
}

export class ListeningAgent {
  readonly instance: string
  /** The names that it was called for, in order. */
  readonly calls: string[] = []
  /** How each call ended here: null for a link. */
  readonly endings: (RefusalCode | null)[] = []
  /** The links, the newest last. */
  readonly links: Socket[] = []
  readonly #options: ListeningOptions
  readonly #certificate: GatewayCertificate
  readonly #https: HttpsServer
  readonly #io: Server
  readonly #folder: string
  #session = 0

  static async start(options: ListeningOptions): Promise<ListeningAgent> {
    await opaque.ready
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-listening-'))
    const certificate = await ownCertificate(await KeyFolder.open(join(folder, 'keys')))
    const agent = new ListeningAgent(options, certificate, folder)
    await new Promise<void>((resolve) => agent.#https.listen(0, '127.0.0.1', resolve))
    return agent
  }

  private constructor(options: ListeningOptions, certificate: GatewayCertificate, folder: string) {
    this.instance = options.instance ?? randomUUID()
    this.#options = options
    this.#certificate = certificate
    this.#folder = folder
    this.#https = createServer({ cert: certificate.certificate, key: certificate.key })
    this.#io = new Server(this.#https, {
      path: '/link',
      transports: ['websocket'],
      pingInterval: options.pingIntervalMs ?? LIMITS.pingIntervalMs,
      pingTimeout: LIMITS.pingTimeoutMs,
    })
    this.#io.on('connection', (socket) => this.#receive(socket))
  }

  get address(): string {
    return `127.0.0.1:${(this.#https.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    await this.#io.close()
    await rm(this.#folder, { recursive: true })
  }

  #receive(socket: Socket): void {
    socket.once(WIRE.handshake, (text: unknown) => {
      const read = readHandshake(text)
      if (!read.ok || read.message.type !== 'callingFor') throw new Error('That is no call.')
      this.calls.push(read.message.name)
      this.#prove(socket, this.#options.name ?? read.message.name)
    })
  }

  #prove(socket: Socket, name: string): void {
    const { tls, sha256 } = this.#channelOf(socket)
    const { length, label, context } = TLS_EXPORTER
    const exporter = tls.exportKeyingMaterial(length, label, context)
    const { facts } = this.#certificate
    const channel = { certificate: { ...facts, sha256 }, exporter, terminators: [] }
    const prover = { channel, machine: MACHINE, journalId: randomUUID() }
    const { clientLoginState, startLoginRequest } = opaque.client.startLogin({
      password: this.#options.password,
    })
    let state: ProverState = { step: 'start' }
    const play = (event: ProverEvent): void => {
      const [next, actions] = proverStep(state, event, prover)
      state = next
      for (const action of actions) {
        if (action.type === 'send') socket.emit(WIRE.handshake, action.text)
        else if (action.type === 'finishLogin') {
          const finish = () =>
            play({ type: 'loginFinished', login: this.#finish(clientLoginState, action.loginResponse) })
          void (this.#options.beforeProof?.() ?? Promise.resolve()).then(finish)
        } else if (action.type === 'proven') {
          this.links.push(socket)
          this.endings.push(null)
        } else this.endings.push(action.refusal.code)
      }
    }
    socket.on(WIRE.handshake, (text: unknown) => play({ type: 'received', text }))
    this.#session += 1
    const hello: Hello = {
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      capabilities: Object.keys(CAPABILITIES) as Hello['capabilities'],
      name,
      instance: this.instance,
      session: this.#session,
      nonce: randomBytes(32).toString('base64url'),
      clock: Date.now(),
      loginRequest: startLoginRequest,
    }
    play({ type: 'opened', hello })
  }

  #finish(clientLoginState: string, loginResponse: string) {
    const { password } = this.#options
    const finished = opaque.client.finishLogin({
      ...{ clientLoginState, loginResponse, password },
      keyStretching: KEY_STRETCHING,
    })
    return finished ? { finishLogin: finished.finishLoginRequest, sessionKey: finished.sessionKey } : null
  }

  #channelOf(socket: Socket): { tls: TLSSocket; sha256: string } {
    const { socket: tls } = socket.conn.request
    if (!(tls instanceof TLSSocket)) throw new Error('It listens with TLS only.')
    return { tls, sha256: this.#options.certificateSha256 ?? this.#certificate.facts.sha256 }
  }
}
