/** An HTTP proxy as a customer's network has one: real CONNECT, its own rules, and a memory of who went where. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { TestCertificate } from './certificate.ts'

export type TestProxyOptions = {
  /** `user:password`, without which nobody passes. */
  readonly credentials?: string
  /** In place of a connection. */
  readonly status?: number
  /** Spoken to over TLS. */
  readonly certificate?: TestCertificate
  /** Takes connections, and says nothing. */
  readonly isSilent?: boolean
}

export class TestProxy implements AsyncDisposable {
  /** Where it was asked to connect to. */
  readonly targets: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async start(options: TestProxyOptions = {}): Promise<TestProxy> {
    const proxy = new TestProxy(options)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(options: TestProxyOptions) {
    this.#server = options.certificate ? createHttpsServer(options.certificate) : createServer()
    this.#server.on('connection', (socket: Socket) => this.#keep(socket))
    this.#server.on('connect', (request: IncomingMessage, near: Socket) => {
      this.targets.push(request.url ?? '')
      if (options.isSilent) return
      const refusal = whyNot(request, options)
      if (refusal !== null) near.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 0\r\n\r\n`)
      else this.#join(near, request.url ?? '')
    })
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join(near: Socket, target: string): void {
    const [host, port] = [target.replace(/:\d+$/, ''), Number(target.replace(/^.*:/, ''))]
    const far = connect(port, host, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      near.pipe(far).pipe(near)
    })
    this.#keep(far)
    far.on('error', () => near.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'))
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }
}

function whyNot({ headers }: IncomingMessage, { credentials, status }: TestProxyOptions): string | null {
  if (status !== undefined) return `${status} No`
  if (credentials === undefined) return null
  const wanted = `Basic ${Buffer.from(credentials).toString('base64')}`
  if (headers['proxy-authorization'] === wanted) return null
  return '407 Who is it\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm="office"'
}
