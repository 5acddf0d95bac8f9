/**
 * The console's own HTTP server: Next's pages, and on the same port the live socket. Next is given the server, so that it
 * takes its own upgrades; nothing of ours listens for them besides socket.io.
 *
 * The port is opened before Next is ready, because sign-in has to know the port; whoever comes early waits.
 */
import { existsSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { findPackageJSON } from 'node:module'
import { dirname, join } from 'node:path'
import { DOWNLOAD } from '@holdfast/protocol'
import { watchTaking } from '@holdfast/protocol/watch-taking'
import { readCertificate } from '#keys/gateway-certificate.ts'
import type { Settings } from '../settings.ts'
import { type FrontDoor, frontDoor, type IsSignedIn } from './front-door.ts'
import { StartRefused } from './refusals.ts'

const HEALTH_PATH = '/healthz'
const CLOSE_MS_MAX = 2_000

export class ConsoleServer {
  readonly http: Server
  readonly port: number
  #answer: RequestListener | null = null
  #waiting: Parameters<RequestListener>[] = []

  private constructor(http: Server, port: number, comesIn: FrontDoor) {
    this.http = http
    this.port = port
    http.on('request', async (request, response) => {
      if (!(await comesIn(request, response))) return
      if (request.url === HEALTH_PATH) response.end(this.#answer === null ? 'starting\n' : 'ok\n')
      else if (this.#answer !== null) this.#answer(request, response)
      else this.#waiting.push([request, response])
    })
  }

  /** Listens; answers once `serve` has been called. @throws StartRefused `certificate_unusable`, `port_taken`, `port_forbidden` */
  static async listen(
    { console }: Pick<Settings, 'console'>,
    isSignedIn: IsSignedIn,
    takeMs: number = DOWNLOAD.answerMsMax,
  ): Promise<ConsoleServer> {
    const { host, port, tls } = console
    const http = tls === null ? createServer() : createHttpsServer(await tlsOptions(tls))
    http.on(tls === null ? 'connection' : 'secureConnection', (socket) =>
      watchTaking(socket, { windowMs: takeMs, bytesPerWindowMin: 1 }, () => socket.destroy()),
    )
    await new Promise<void>((resolve, reject) => {
      http.once('error', (error) => reject(whyNotListening(error, host, port)))
      http.listen({ host, port }, resolve)
    })
    const address = http.address()
    const actual = typeof address === 'object' && address ? address.port : port
    return new ConsoleServer(http, actual, frontDoor(console, isSignedIn))
  }

  serve(answer: RequestListener): void {
    this.#answer = answer
    for (const [request, response] of this.#waiting.splice(0)) answer(request, response)
  }

  /** Finishes what is being answered; connections that stay open are cut after a moment. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()))
    this.http.closeIdleConnections()
    const insist = setTimeout(() => this.http.closeAllConnections(), CLOSE_MS_MAX)
    await closed
    clearTimeout(insist)
  }
}

/** Next, ready to answer. @throws StartRefused `console_not_built` */
export async function prepareNext(
  http: Server,
  { isDevelopment, hostname, port }: { isDevelopment: boolean; hostname: string; port: number },
): Promise<{ answer: RequestListener; close(): Promise<void> }> {
  const dir = portalFolder()
  if (!isDevelopment && !existsSync(join(dir, '.next', 'BUILD_ID')))
    throw new StartRefused('console_not_built', join(dir, '.next'))
  // Read when Next and React are loaded, so it must stand before they are.
  const usual = isDevelopment ? 'development' : 'production'
  Object.assign(process.env, { NODE_ENV: process.env.NODE_ENV || usual })
  const { default: next } = await import('next')
  const app = next({ dev: isDevelopment, dir, httpServer: http, hostname, port })
  await app.prepare()
  const handle = app.getRequestHandler()
  return { answer: (request, response) => void handle(request, response), close: () => app.close() }
}

/** apps/portal, whether this runs from the sources or from the bundle in dist/. */
function portalFolder(): string {
  const file = findPackageJSON(import.meta.url)
  if (file === undefined) throw new Error('The portal is not in a package of its own.')
  return dirname(file)
}

async function tlsOptions(files: { certificate: string; key: string }) {
  const { certificate: cert, key } = await readCertificate(files)
  return { cert, key, minVersion: 'TLSv1.2' as const }
}

/** @param error what `listen` said */
export function whyNotListening(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `${host}, port ${port}`
  if (error.code === 'EADDRINUSE') return new StartRefused('port_taken', where, error)
  if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL')
    return new StartRefused('port_forbidden', where, error)
  return error
}
