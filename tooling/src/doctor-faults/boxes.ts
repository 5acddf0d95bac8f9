/**
 * What may stand on the way between a server and its portal, as programs of a few lines: each takes the place of the
 * port that the agent dials, and does to the connection what the real box does.
 */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { createServer as createHttpsServer, request } from 'node:https'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import type { Certificate } from './certificates.ts'

export type Port = { readonly host: string; readonly port: number }

/** Makes a server that does not listen yet. */
export type Box = () => Server

/** A line: bytes pass as they are. */
export const line =
  (to: Port): Box =>
  () =>
    createServer((near) => join(near, connect(to)))

/** Ends TLS and makes a new one: an inspecting firewall, or a load balancer of the provider. */
export const opensTls =
  (to: Port, certificate: Certificate): Box =>
  () =>
    createTlsServer(certificate, (near) => join(near, connectTls({ ...to, rejectUnauthorized: false })))

/** Takes TLS off and passes on what was inside, as a web proxy in front of a plain server does. */
export const takesTlsOff =
  (to: Port, certificate: Certificate): Box =>
  () =>
    createTlsServer(certificate, (near) => join(near, connect(to)))

/** A web proxy that knows no websockets: passes the request on without its wish to change. */
export const stripsUpgrade =
  (to: Port, certificate: Certificate): Box =>
  () => {
    const server = createHttpsServer(certificate)
    const pass = ({ url, headers }: IncomingMessage, near: Socket) => {
      const { upgrade: _upgrade, connection: _connection, ...others } = headers
      const asked = request({ ...to, path: url, headers: others, agent: false, rejectUnauthorized: false })
      asked.on('response', (answer) => {
        const { statusCode = 502, statusMessage = '' } = answer
        near.write(`HTTP/1.1 ${statusCode} ${statusMessage}\r\nVia: 1.1 proxy\r\nConnection: close\r\n\r\n`)
        answer.pipe(near)
      })
      asked.on('error', () => near.destroy())
      asked.end()
    }
    server.on('upgrade', (asked, near: Socket) => {
      near.on('error', () => near.destroy())
      pass(asked, near)
    })
    return server
  }

/** A web server that has never heard of Holdfast. */
export const website =
  (certificate: Certificate): Box =>
  () =>
    createHttpsServer(certificate, (_asked, answer) => answer.writeHead(404, { server: 'nginx' }).end())

/** Accepts, and says nothing: what a firewall looks like that answers for a server it does not let through to. */
export const silence: Box = () => createServer((near) => near.on('error', () => near.destroy()).resume())

/** Accepts, looks at the first bytes, and cuts. */
export const cutter: Box = () =>
  createServer((near) => {
    near.on('error', () => near.destroy())
    near.once('data', () => near.resetAndDestroy())
  })

/** An HTTP proxy that answers every CONNECT with this and nothing else. */
export const proxyThatSays =
  (status: string): Box =>
  () => {
    const server = createHttpServer()
    server.on('connect', (_asked, near: Socket) => {
      near.on('error', () => near.destroy())
      near.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    })
    return server
  }

function join(near: Socket, far: Socket): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}
