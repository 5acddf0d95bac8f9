/**
 * The one way out of a site: an HTTP proxy that leads to the places that it was told, says no to all others, and
 * remembers both. An agent finds it as others do, in its environment.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Workspace } from './workspace.ts'

export class WayOut {
  /** `host:port`, as they were asked for. */
  readonly passed = new Set<string>()
  readonly refused = new Set<string>()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  /** @param places host:port of each that it leads to */
  static async open(workspace: Workspace, ...places: readonly string[]): Promise<WayOut> {
    const way = new WayOut(new Set(places))
    way.#server.listen(0, '127.0.0.1')
    await once(way.#server, 'listening')
    workspace.onClose(() => way.#close())
    return way
  }

  private constructor(places: ReadonlySet<string>) {
    this.#server = createServer()
    this.#server.on('connection', (near: Socket) => this.#keep(near))
    this.#server.on('connect', ({ url = '' }: IncomingMessage, near: Socket) => {
      if (places.has(url)) {
        this.passed.add(url)
        this.#lead(near, url)
      } else {
        this.refused.add(url)
        near.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
      }
    })
  }

  /** For an agent, without the exceptions that this machine may have made. */
  get env(): Readonly<Record<string, string>> {
    const url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return { HTTPS_PROXY: url, https_proxy: url, NO_PROXY: '', no_proxy: '' }
  }

  #lead(near: Socket, place: string): void {
    const { hostname, port } = new URL(`tcp://${place}`)
    const far = connect(Number(port), hostname, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n')
      near.pipe(far).pipe(near)
    })
    this.#keep(far)
    far.on('close', () => near.destroy())
    near.on('close', () => far.destroy())
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }

  async #close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
