/** What may sit between a site and its portal: a box that opens TLS, or a line that goes silent without a word. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { makeCertificate } from './certificate.ts'

export class Relay implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** Passes bytes on as they are. */
  static async plain(port: number): Promise<Relay> {
    return new Relay(createServer(), () => connect(port, '127.0.0.1')).#listen()
  }

  /** Ends TLS and makes a new one, with a certificate of its own, as an inspecting firewall does. */
  static async opening(port: number, name: string): Promise<Relay> {
    const server = createTlsServer(makeCertificate({ name }))
    return new Relay(server, () =>
      connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }),
    ).#listen()
  }

  private constructor(server: Server, dial: () => Socket) {
    this.#server = server
    const event = 'setSecureContext' in server ? 'secureConnection' : 'connection'
    server.on(event, (near: Socket) => {
      const far = dial()
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from)
        from.on('error', () => to.destroy())
        from.on('close', () => to.destroy())
        from.pipe(to)
      }
    })
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on nothing passes any more, and nobody is told. */
  freeze(): void {
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }
}
