/**
 * A line between a site and its portal, of which nobody is told when it goes dead: a firewall that forgets a connection,
 * a cable that is pulled behind a switch. It runs without any rights: bytes pass through this process until they do not.
 */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Workspace } from './workspace.ts'

export class SilentLine {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isDead = false

  /** @param to host:port of the portal's gateway */
  static async open(workspace: Workspace, to: string): Promise<SilentLine> {
    const { hostname, port } = new URL(`tcp://${to}`)
    const line = new SilentLine(() => connect(Number(port), hostname))
    line.#server.listen(0, '127.0.0.1')
    await once(line.#server, 'listening')
    workspace.onClose(() => line.#close())
    return line
  }

  private constructor(dial: () => Socket) {
    this.#server = createServer((near) => {
      const far = dial()
      this.#join(near, far)
      this.#join(far, near)
      // Who comes now is accepted, and hears nothing.
      if (this.#isDead) this.goDead()
    })
  }

  /** host:port, for the agent to dial. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on nothing passes, in either direction, and neither end is told. */
  goDead(): void {
    this.#isDead = true
    for (const socket of this.#sockets) socket.unpipe().pause()
  }

  /** Who comes from now on gets through. What was lost stays lost. */
  comeBack(): void {
    this.#isDead = false
    for (const socket of this.#sockets) socket.destroy()
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      this.#sockets.delete(from)
      // An end that hangs up does not reach the other one either.
      if (!this.#isDead) to.destroy()
    })
    from.pipe(to)
  }

  async #close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
