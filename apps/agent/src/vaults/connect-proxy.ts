/**
 * The smallest HTTP proxy that restic can be given: it listens on this machine alone, for as long as one restic runs, and
 * connects to one place alone, by a way of the agent's own.
 *
 *   restic ── CONNECT vault:4401, credential ──► here ── whatever way ──► the vault
 *               │ another credential   407
 *               │ another place        403
 *               │ another method       405
 *
 * Others on this machine see the port, but the credential is made anew for each and stands in restic's environment only.
 * Whoever has not shown it takes no place from who has, and makes way for the next.
 * What passes is restic's own TLS with the vault.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** restic shows its credential with its first words, so it is a stranger for no more than a moment. */
const STRANGERS_MAX = 64
const HEAD_MS_MAX = 10_000

export class ConnectProxy implements AsyncDisposable {
  readonly #target: string
  readonly #dial: () => Promise<Socket>
  readonly #password = randomBytes(24).toString('base64url')
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Who has shown no credential, the oldest first. */
  readonly #strangers = new Set<Socket>()

  /** @param target `host:port`, to which `dial` leads */
  static async start(target: string, dial: () => Promise<Socket>): Promise<ConnectProxy> {
    const proxy = new ConnectProxy(target, dial)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  private constructor(target: string, dial: () => Promise<Socket>) {
    this.#target = target.toLowerCase()
    this.#dial = dial
    this.#server = createServer({ headersTimeout: HEAD_MS_MAX, requestTimeout: HEAD_MS_MAX }, (_, answer) => {
      answer.writeHead(405, { Allow: 'CONNECT', Connection: 'close' }).end()
    })
    this.#server.on('connection', (socket: Socket) => {
      this.#keep(socket)
      this.#meet(socket)
    })
    this.#server.on('connect', (request: IncomingMessage, near: Socket, early: Buffer) => {
      const refusal = this.#whyNot(request)
      if (refusal !== null) return answer(near, refusal)
      this.#strangers.delete(near)
      void this.#lead(near, early)
    })
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** With its credential: for an environment, and nothing else. */
  get url(): string {
    return `http://holdfast:${this.#password}@127.0.0.1:${this.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #whyNot({ url = '', headers }: IncomingMessage): string | null {
    const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(headers['proxy-authorization'] ?? '') ?? []
    const said = Buffer.from(encoded, 'base64')
    const expected = Buffer.from(`holdfast:${this.#password}`)
    if (said.length !== expected.length || !timingSafeEqual(said, expected))
      return '407 Proxy Authentication Required'
    return url.toLowerCase() === this.#target ? null : '403 Forbidden'
  }

  async #lead(near: Socket, early: Buffer): Promise<void> {
    near.on('error', () => {})
    if (early.length > 0) near.unshift(early)
    let far: Socket
    try {
      far = await this.#dial()
    } catch {
      // restic repeats these words, and says with them that it could not reach its repository.
      return answer(near, '502 vault unreachable through the portal')
    }
    this.#keep(far)
    if (near.destroyed || !this.#server.listening) {
      far.destroy()
      near.destroy()
      return
    }
    near.write('HTTP/1.1 200 Connection established\r\n\r\n')
    join(near, far)
  }

  #meet(stranger: Socket): void {
    this.#strangers.add(stranger)
    const [oldest] = this.#strangers
    if (oldest === undefined || this.#strangers.size <= STRANGERS_MAX) return
    this.#strangers.delete(oldest)
    oldest.destroy()
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#strangers.delete(socket)
    })
  }
}

function answer(near: Socket, status: string): void {
  near.on('error', () => {})
  near.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  near.resume()
}

/** Each ends with the other, after it has got all that was on the way to it. */
function join(near: Socket, far: Socket): void {
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on('error', () => {})
    one.setNoDelay(true)
    one.once('close', () => other.destroySoon())
    one.pipe(other)
  }
}
