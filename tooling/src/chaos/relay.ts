/** A line between a server and its portal that can be cut, go dead, or carry only one way. Bytes pass through here. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

type Pair = { readonly near: Socket; readonly far: Socket }

/** `dead` is told to neither end. `deaf` carries what the server says, and nothing back. */
type State = 'open' | 'dead' | 'deaf'

export class Relay {
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #state: State = 'open'
  #saidAtMs = 0

  /** @param to host:port of the gateway */
  static async open(to: string): Promise<Relay> {
    const { hostname, port } = new URL(`tcp://${to}`)
    const relay = new Relay(() => connect(Number(port), hostname))
    relay.#server.listen(0, '127.0.0.1')
    await once(relay.#server, 'listening')
    return relay
  }

  private constructor(dial: () => Socket) {
    this.#server = createServer((near) => {
      const pair = { near, far: dial() }
      this.#pairs.add(pair)
      for (const [from, to] of [
        [near, pair.far],
        [pair.far, near],
      ] as const) {
        from.on('error', () => {})
        from.on('close', () => {
          if (near.closed && pair.far.closed) this.#pairs.delete(pair)
          // Who hangs up on a dead line is not heard at its other end either.
          if (this.#state === 'open') to.destroy()
        })
      }
      near.on('data', () => {
        this.#saidAtMs = Date.now()
      })
      this.#join(pair)
    })
  }

  /** When the server last said something; what, nobody can know here. */
  get saidAtMs(): number {
    return this.#saidAtMs
  }

  /** host:port, for the agent to dial. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Both ends are told that the connection is over. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy()
      far.resetAndDestroy()
    }
  }

  become(state: 'dead' | 'deaf'): void {
    this.#state = state
    for (const pair of this.#pairs) this.#join(pair)
  }

  /** Who comes from now on gets through. What was lost stays lost, and what hung is over. */
  comeBack(): void {
    this.#state = 'open'
    this.cut()
  }

  async close(): Promise<void> {
    this.#state = 'open'
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #join({ near, far }: Pair): void {
    near.unpipe()
    far.unpipe()
    if (this.#state !== 'dead') near.pipe(far)
    if (this.#state === 'open') far.pipe(near)
    else far.pause()
    if (this.#state === 'dead') near.pause()
  }
}
