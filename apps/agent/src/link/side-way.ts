/**
 * A connection to a portal beside the link, for bytes that are no messages: dialled as the link is, over the portal's
 * addresses in turn (the one that worked last comes first) and through the proxy of its site, and upgraded to something
 * else than a websocket.
 *
 *   resolve, connect or CONNECT ──► TLS ──► the certificate that the link has proven? ──► upgrade ──► open
 *
 * What proves a link is a handshake over it. Here there is none, so the certificate must be the one that was proven
 * last; before that, nothing is said.
 */
import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Failure } from '../failure.ts'
import type { Portal } from '../state/portals.ts'
import { channelOf } from './channel.ts'
import { proxyFor, splitAddress } from './proxy.ts'
import { Rounds } from './rounds.ts'
import { Observed, secure } from './transport.ts'
import { openTunnel } from './tunnel.ts'

/** To one address. */
const DIAL_MS_MAX = 10_000
/** The portal asks its database, and connects to somebody else. */
const ANSWER_MS_MAX = 15_000

export type SideWay = {
  readonly path: string
  readonly protocol: string
  readonly authorization: string
  readonly env?: NodeJS.ProcessEnv
}

/** What a link to this portal is made of, as far as it matters here. */
export type WayPortal = Pick<Portal, 'addresses' | 'lastAddress' | 'certificate' | 'proxy'>

/** Fails with a `Failure`; leaves no socket behind then. */
export async function openSideWay(portal: WayPortal, wanted: SideWay): Promise<Socket> {
  const { addresses, lastAddress, certificate } = portal
  if (certificate === null || addresses.length === 0) throw new Failure({ code: 'vault_unreachable' })
  const rounds = new Rounds(addresses, lastAddress)
  while (true) {
    const address = rounds.next()
    try {
      const tls = await reach(address, portal, wanted.env ?? process.env)
      return await upgrade(tls, address, wanted)
    } catch (error) {
      if (rounds.isOver) throw error instanceof Failure ? error : unreachable(address, error)
    }
  }
}

async function reach(
  address: string,
  { certificate, proxy: setting }: WayPortal,
  env: NodeJS.ProcessEnv,
): Promise<TLSSocket> {
  const { host, port } = splitAddress(address)
  const observed = new Observed()
  const patience = setTimeout(() => observed.giveUp(), DIAL_MS_MAX)
  try {
    const proxy = proxyFor(address, setting, env)
    const socket = proxy && (await openTunnel(proxy, address, { signal: observed.signal }))
    const tls = secure(observed, { host, port, ...(socket && { socket }) })
    await orClosed(tls, 'secureConnect')
    if (channelOf(tls).certificate.sha256 !== certificate)
      throw new Failure({ code: 'certificate_changed', detail: address })
    return tls
  } catch (error) {
    observed.giveUp()
    throw error
  } finally {
    clearTimeout(patience)
  }
}

async function upgrade(
  tls: TLSSocket,
  address: string,
  { path, protocol, authorization }: SideWay,
): Promise<Socket> {
  const asking = request({
    ...{ method: 'GET', path, createConnection: () => tls, timeout: ANSWER_MS_MAX },
    headers: { Host: address, Connection: 'Upgrade', Upgrade: protocol, Authorization: authorization },
  })
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      tls.destroy()
      reject(error)
    }
    asking
      .on('timeout', () => fail(unreachable(address, new Error('no answer'))))
      .on('error', fail)
      .on('response', ({ statusCode }: IncomingMessage) =>
        fail(unreachable(address, new Error(`HTTP ${statusCode}`))),
      )
      .on('upgrade', (_response: IncomingMessage, socket: Socket, early: Buffer) => {
        socket.setTimeout(0)
        // Node has taken its own listeners away, and an error that nobody hears would end the agent.
        socket.on('error', () => {})
        if (early.length > 0) socket.unshift(early)
        resolve(socket)
      })
    asking.end()
  })
}

/** Given up, a socket closes without an error. */
export async function orClosed(socket: Socket | ClientRequest, event: string): Promise<void> {
  const over = new AbortController()
  const closed = once(socket, 'close', { signal: over.signal }).then(() => {
    throw new Error('closed')
  })
  closed.catch(() => {})
  try {
    await Promise.race([once(socket, event, { signal: over.signal }), closed])
  } finally {
    over.abort()
    socket.on('error', () => {})
  }
}

function unreachable(address: string, error: unknown): Failure {
  const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return new Failure({ code: 'vault_unreachable', detail: `through ${address}: ${detail}` })
}
