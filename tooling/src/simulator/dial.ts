/**
 * Dials a gateway and proves itself, exactly as PROTOCOL.md says: TLS, websocket only, and the same `proverStep` that a
 * real agent runs. Only the stretching of the password is cheaper (server.ts says why).
 */
import { createHash, randomBytes } from 'node:crypto'
import { TLSSocket } from 'node:tls'
import {
  CAPABILITIES,
  type Machine,
  PROTOCOL_VERSION,
  type Refusal,
  type RefusalCode,
  WIRE,
} from '@holdfast/protocol'
import {
  type CertificateFacts,
  type Channel,
  type ProverAction,
  type ProverEvent,
  type ProverState,
  proverStep,
  TLS_EXPORTER,
  type WelcomeBody,
} from '@holdfast/protocol/handshake'
import * as opaque from '@serenity-kit/opaque'
import { Manager, NodeWebSocket, type Socket } from 'socket.io-client'
import type { WebSocket } from 'ws'
import { SIMULATED_STRETCHING, type SimulatedServer } from './server.ts'

export type Link = { readonly socket: Socket; readonly welcome: WelcomeBody }
export type Dialled = { readonly link: Link } | { readonly refusal: Refusal }

const MACHINE: Machine = {
  hostname: 'simulated',
  platform: 'linux x64, simulated',
  agentVersion: '0.1.0',
  resticVersion: '0.14.0',
  notices: [],
}

/** @param address host:port of the gateway. @param session must grow with each dial of one server. */
export async function dial(address: string, server: SimulatedServer, session: number): Promise<Dialled> {
  await opaque.ready
  let channel: Channel | undefined
  class WatchedWebSocket extends NodeWebSocket {
    override createSocket(
      uri: string,
      protocols: string | string[] | undefined,
      options: Record<string, unknown>,
    ) {
      const socket: WebSocket = super.createSocket(uri, protocols, options)
      socket.once('upgrade', (response) => {
        if (response.socket instanceof TLSSocket) channel = channelOf(response.socket)
      })
      return socket
    }
  }
  const manager = new Manager(`https://${address}`, {
    path: '/link',
    transports: [WatchedWebSocket],
    perMessageDeflate: { threshold: Number.MAX_SAFE_INTEGER },
    // The handshake proves the line: PROTOCOL.md, "The line".
    rejectUnauthorized: false,
    reconnection: false,
    autoConnect: false,
    timeout: 15_000,
    ...(server.localAddress && { localAddress: server.localAddress }),
  })
  const socket = manager.socket('/')

  return new Promise((resolve) => {
    let prover: ProverState = { step: 'start' }
    let login = { clientLoginState: '', startLoginRequest: '' }

    const end = (result: Dialled): void => {
      socket.off(WIRE.handshake).off('connect').off('connect_error').off('disconnect')
      if ('refusal' in result) socket.disconnect()
      resolve(result)
    }
    const lost = (code: RefusalCode) => (): void => end({ refusal: { code } })

    const play = (event: ProverEvent): void => {
      if (channel === undefined) {
        end({ refusal: { code: 'unexpected_response' } })
        return
      }
      const facts = { channel, machine: MACHINE, journalId: server.journalId }
      const [next, actions] = proverStep(prover, event, facts)
      prover = next
      for (const action of actions) act(action)
    }
    const act = (action: ProverAction): void => {
      switch (action.type) {
        case 'send':
          socket.emit(WIRE.handshake, action.text)
          return
        case 'finishLogin':
          play({
            type: 'loginFinished',
            login: finishLogin(login.clientLoginState, action.loginResponse, server.password),
          })
          return
        case 'proven':
          end({ link: { socket, welcome: action.welcome } })
          return
        case 'refused':
          end({ refusal: action.refusal })
      }
    }

    socket.on('connect', () => {
      login = opaque.client.startLogin({ password: server.password })
      play({
        type: 'opened',
        hello: {
          type: 'hello',
          protocol: PROTOCOL_VERSION,
          capabilities: server.capabilities ?? Object.keys(CAPABILITIES),
          name: server.name,
          instance: server.instance,
          session,
          nonce: randomBytes(32).toString('base64url'),
          clock: Date.now() + (server.clockAheadMs ?? 0),
          loginRequest: login.startLoginRequest,
        },
      })
    })
    socket.on(WIRE.handshake, (text: unknown) => play({ type: 'received', text }))
    socket.on('connect_error', lost('connection_refused'))
    socket.on('disconnect', lost('connection_lost'))
    socket.connect()
  })
}

function finishLogin(clientLoginState: string, loginResponse: string, password: string) {
  const login = opaque.client.finishLogin({
    clientLoginState,
    loginResponse,
    password,
    keyStretching: SIMULATED_STRETCHING,
  })
  return login ? { finishLogin: login.finishLoginRequest, sessionKey: login.sessionKey } : null
}

function channelOf(tls: TLSSocket): Channel {
  return {
    certificate: certificateOf(tls),
    exporter: tls.exportKeyingMaterial(TLS_EXPORTER.length, TLS_EXPORTER.label, TLS_EXPORTER.context),
    terminators: [],
  }
}

function certificateOf(tls: TLSSocket): CertificateFacts {
  const certificate = tls.getPeerX509Certificate()
  if (certificate === undefined) return { sha256: '0'.repeat(64), issuer: '', subject: '', validTo: '' }
  const { raw, issuer, subject, validTo } = certificate
  return { sha256: createHash('sha256').update(raw).digest('hex'), issuer, subject, validTo }
}
