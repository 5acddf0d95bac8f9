/**
 * A portal that dials, for tests: real TLS, real socket.io, real OPAQUE and the protocol's own `verifierStep`, over the
 * connection that it opened. It can misbehave, which is why it shows its socket.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { type Refusal, WIRE } from '@holdfast/protocol'
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
import { io, NodeWebSocket, type Socket } from 'socket.io-client'
import type { OpaqueRegistration } from '../../link/testing/opaque-record.ts'

/** Opens a line on which nobody has said a word. Rejects when the agent does not take it. */
export async function openLine(port: number): Promise<{ socket: Socket; tls: TLSSocket }> {
  let tls: TLSSocket | undefined
  class Watched extends NodeWebSocket {
    override createSocket(uri: string, protocols: string | string[] | undefined, options: object) {
      const ws = super.createSocket(uri, protocols, options)
      ws.once('upgrade', ({ socket }: { socket: TLSSocket }) => {
        tls = socket
      })
      return ws
    }
  }
  const socket = io(`https://127.0.0.1:${port}`, {
    path: '/link',
    transports: [Watched],
    rejectUnauthorized: false,
    reconnection: false,
    forceNew: true,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('connect_error', reject)
  })
  if (tls === undefined) throw new Error('There is no TLS session.')
  return { socket, tls }
}

export type Call = {
  readonly socket: Socket
  readonly hello: Hello
  /** Null: proven. */
  readonly refusal: Refusal | null
}

export type CallOptions = {
  readonly name: string
  readonly registration: OpaqueRegistration
  readonly serverId: string
  /** What it claims to see of the line. */
  readonly channel?: (seen: Channel) => Channel
}

/** Calls for a name, and goes through the handshake up to its end. */
export async function call(port: number, options: CallOptions): Promise<Call> {
  const { name, registration, serverId } = options
  const { socket, tls } = await openLine(port)
  const channel = options.channel?.(channelOf(tls)) ?? channelOf(tls)
  let state: VerifierState = { step: 'start' }
  let serverLoginState = ''
  let hello: Hello | undefined
  return new Promise((resolve, reject) => {
    const finish = (refusal: Refusal | null) => {
      if (hello === undefined) return reject(new Error(`No hello: ${refusal?.code}`))
      resolve({ socket, hello, refusal })
    }
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
        case 'startLogin': {
          hello = action.hello
          const started = opaque.server.startLogin({
            serverSetup: registration.serverSetup,
            userIdentifier: serverId,
            registrationRecord: registration.record,
            startLoginRequest: hello.loginRequest,
          })
          serverLoginState = started.serverLoginState
          return play({
            type: 'loginStarted',
            loginResponse: started.loginResponse,
            nonce: randomBytes(32).toString('base64url'),
            clock: Date.now(),
            capabilities: [],
          })
        }
        case 'finishLogin':
          return play({
            type: 'loginChecked',
            sessionKey: sessionKeyOf(serverLoginState, action.finishLogin),
          })
        case 'admit':
          return play({ type: 'admitted', portalName: "Bill's IT service", appliedThrough: 0 })
        case 'proven':
          return finish(null)
        case 'refused':
          return finish(action.refusal)
      }
    }
    socket.on(WIRE.handshake, (text: unknown) => play({ type: 'received', text }))
    socket.on('disconnect', (reason) => reject(new Error(`The line was closed: ${reason}`)))
    socket.emit(WIRE.handshake, JSON.stringify({ type: 'callingFor', name }))
  })
}

function sessionKeyOf(serverLoginState: string, finishLoginRequest: string): string | null {
  try {
    return opaque.server.finishLogin({ serverLoginState, finishLoginRequest }).sessionKey
  } catch {
    return null
  }
}

function channelOf(tls: TLSSocket): Channel {
  const {
    raw = Buffer.alloc(0),
    issuer = '',
    subject = '',
    validTo = '',
  } = tls.getPeerX509Certificate() ?? {}
  return {
    certificate: { sha256: createHash('sha256').update(raw).digest('hex'), issuer, subject, validTo },
    exporter: tls.exportKeyingMaterial(TLS_EXPORTER.length, TLS_EXPORTER.label, TLS_EXPORTER.context),
    terminators: [],
  }
}
