/**
 * A way through an HTTP proxy: `CONNECT host:port`, and what comes after a 200 is the portal's own TLS. So the proxy
 * sees where the link leads, and nothing of what it says. Over `node:http`, which is loaded anyway and reads the answer
 * of a stranger within bounds; the proxy libraries are `http.Agent`s, and a dial makes its connection itself.
 */
import { type ClientRequest, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecurely } from 'node:https'
import type { LookupFunction, Socket } from 'node:net'
import type { DialFault } from '@holdfast/protocol'
import type { HttpProxy } from './proxy.ts'

/** How the proxy stood in the way. */
export type ProxyFault = Extract<DialFault, { type: 'proxyError' | 'proxyResponse' }>

export class TunnelFailed extends Error {
  readonly fault: ProxyFault

  constructor(fault: ProxyFault) {
    super('the proxy does not connect')
    this.fault = fault
  }
}

export type TunnelOptions = { readonly signal: AbortSignal; readonly lookup?: LookupFunction | undefined }

/** Opens a connection to `host:port` through the proxy. Fails with a `TunnelFailed`; leaves no socket behind then. */
export function openTunnel(proxy: HttpProxy, target: string, options: TunnelOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const asked = ask(proxy, target, options)
    const fail = (fault: ProxyFault) => {
      asked.destroy()
      reject(new TunnelFailed(fault))
    }
    asked.once('connect', (response: IncomingMessage, socket: Socket, early: Buffer) => {
      // Node has taken its own listeners away, and an error that nobody hears would end the agent.
      socket.on('error', () => {})
      if (response.statusCode === 200) {
        if (early.length > 0) socket.unshift(early)
        return resolve(socket)
      }
      socket.destroy()
      fail({ type: 'proxyResponse', status: response.statusCode ?? 0, schemes: schemesOf(response) })
    })
    asked.once('response', (response: IncomingMessage) => {
      fail({ type: 'proxyResponse', status: response.statusCode ?? 0, schemes: [] })
    })
    asked.once('error', (error) => {
      fail({ type: 'proxyError', code: 'code' in error ? String(error.code) : error.name })
    })
    asked.end()
  })
}

function ask(
  { isSecure, host, port, credentials }: HttpProxy,
  target: string,
  options: TunnelOptions,
): ClientRequest {
  const request = isSecure ? requestSecurely : requestPlain
  return request({
    method: 'CONNECT',
    host,
    port,
    path: target,
    agent: false,
    signal: options.signal,
    ...(options.lookup && { lookup: options.lookup }),
    headers: {
      host: target,
      ...(credentials && { 'proxy-authorization': basic(credentials) }),
    },
  })
}

function basic({ user, password }: { user: string; password: string }): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

const SCHEMES_MAX = 5

function schemesOf({ headersDistinct }: IncomingMessage): string[] {
  const offers = headersDistinct['proxy-authenticate'] ?? []
  return offers.flatMap((offer) => /^[A-Za-z-]{1,20}/.exec(offer)?.[0] ?? []).slice(0, SCHEMES_MAX)
}
