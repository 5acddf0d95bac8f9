/** The port that an agent dials. What stands behind it can be replaced while the agent goes on dialling the same one. */
import { once } from 'node:events'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { Box } from './boxes.ts'

export class Front implements AsyncDisposable {
  readonly #hosts: readonly string[]
  #port = 0
  #servers: Server[] = []
  readonly #sockets = new Set<Socket>()

  /** `hosts`: our own addresses, all on one port. */
  static async open(hosts: readonly string[], box: Box): Promise<Front> {
    const front = new Front(hosts)
    try {
      await front.become(box)
      return front
    } catch (error) {
      await front.close()
      throw error
    }
  }

  private constructor(hosts: readonly string[]) {
    this.#hosts = hosts
  }

  get port(): number {
    return this.#port
  }

  async become(box: Box): Promise<void> {
    await this.close()
    for (const host of this.#hosts) {
      const server = box()
      server.on('connection', (socket: Socket) => {
        this.#sockets.add(socket)
        socket.on('close', () => this.#sockets.delete(socket))
      })
      server.on('tlsClientError', () => {})
      server.listen(this.#port, host)
      await once(server, 'listening')
      this.#port = (server.address() as AddressInfo).port
      this.#servers.push(server)
    }
  }

  /** Nothing listens any more; the port stays ours to come back to. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(
      this.#servers.splice(0).map(async (server) => {
        server.close()
        await once(server, 'close')
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
