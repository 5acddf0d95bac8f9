/**
 * Dials the servers that have an address at which their agent listens, each in a loop of its own, for as long as it has
 * one and is not linked:
 *
 *   linked? ──yes──► rest until that changes
 *     │ no
 *     ▼
 *   wait for a turn ──► dial (dial.ts) ──► handshake (handshake.ts) ──► link
 *     ▲                    └── failed ───────────┴── refused
 *     └── wait: any time up to a bound that doubles; or as long as the refusal says
 *
 * The way to a server may lead through its own dial at any moment. Then the rules decide (rules.ts), not we.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Refusal, RefusalCode } from '@holdfast/protocol'
import { DialFailed, type Dialled, dial } from './dial.ts'
import type { DialTarget } from './dial-targets.ts'

export type DialerOptions = {
  /** All servers that have an address. */
  readonly targets: () => Promise<readonly DialTarget[]>
  /** As it is now; null when the server is gone, or has no address any more. */
  readonly target: (serverId: string) => Promise<DialTarget | null>
  readonly isLinked: (serverId: string) => boolean
  /** Goes through the handshake. `over`: with the reason, or null when it is a link. */
  readonly onOpen: (target: DialTarget, dialled: Dialled, over: (refusal: Refusal | null) => void) => void
  readonly failed: (target: DialTarget, code: RefusalCode) => void
  /** Our own side broke: a database that is away. */
  readonly broke: (error: unknown) => void
  readonly timing?: Partial<DialTiming>
}

export type DialTiming = { readonly firstMs: number; readonly mostMs: number }

const TIMING: DialTiming = { firstMs: 1_000, mostMs: 60_000 }
/** Dials and handshakes at one time. */
const AT_ONE_TIME = 32

export class Dialer {
  readonly #options: DialerOptions
  readonly #loops = new Map<string, DialLoop>()
  readonly #turns = new Turns(AT_ONE_TIME)
  readonly #ending = new Set<Promise<void>>()
  #isStopped = false

  constructor(options: DialerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    for (const { serverId } of await this.#options.targets()) this.#begin(serverId)
  }

  /** A server's address was set, changed or taken away. */
  async addressChanged(serverId: string): Promise<void> {
    this.#end(serverId)
    if ((await this.#options.target(serverId)) !== null) this.#begin(serverId)
  }

  /** A server's link has come up or ended. */
  linkChanged(serverId: string): void {
    this.#loops.get(serverId)?.wake()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const serverId of [...this.#loops.keys()]) this.#end(serverId)
    await Promise.all(this.#ending)
  }

  #begin(serverId: string): void {
    if (this.#isStopped || this.#loops.has(serverId)) return
    const loop = new DialLoop(serverId, this.#options, this.#turns)
    this.#loops.set(serverId, loop)
    const running = loop.run().finally(() => {
      this.#ending.delete(running)
      if (this.#loops.get(serverId) === loop) this.#loops.delete(serverId)
    })
    this.#ending.add(running)
  }

  #end(serverId: string): void {
    this.#loops.get(serverId)?.stop()
    this.#loops.delete(serverId)
  }
}

class DialLoop {
  readonly #serverId: string
  readonly #options: DialerOptions
  readonly #turns: Turns
  readonly #timing: DialTiming
  readonly #stopping = new AbortController()
  /** Ends whatever is waited for, or a dial that is not open yet. */
  #waking = new AbortController()
  #failures = 0

  constructor(serverId: string, options: DialerOptions, turns: Turns) {
    this.#serverId = serverId
    this.#options = options
    this.#turns = turns
    this.#timing = { ...TIMING, ...options.timing }
  }

  wake(): void {
    this.#waking.abort()
  }

  stop(): void {
    this.#stopping.abort()
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const woken = this.#untilWoken()
      if (this.#options.isLinked(this.#serverId)) {
        this.#failures = 0
        await rest(woken)
        // Whoever lost its link mostly dials by itself, at once. Both are spread over the same time.
        await this.#pause(this.#backoffMs())
        continue
      }
      const outcome = await this.#turns.take(() => this.#attempt(woken))
      if (outcome === 'gone') return
      if (outcome !== null) await this.#pause(outcome.retryAfterMs ?? this.#backoffMs())
    }
  }

  /** Null: linked, or woken because it is. */
  async #attempt(woken: AbortSignal): Promise<Refusal | null | 'gone'> {
    const { target, onOpen, failed, broke } = this.#options
    if (woken.aborted) return null
    let found: DialTarget | null = null
    try {
      found = await target(this.#serverId)
    } catch (error) {
      broke(error)
      return { code: 'portal_busy' }
    }
    if (found === null) return 'gone'
    const wanted = found
    try {
      const dialled = await dial(wanted.address, woken)
      if (this.#stopping.signal.aborted) {
        dialled.socket.disconnect(true)
        return null
      }
      return await new Promise((over) => onOpen(wanted, dialled, over))
    } catch (error) {
      if (woken.aborted) return null
      if (!(error instanceof DialFailed)) broke(error)
      const code = error instanceof DialFailed ? error.code : 'portal_busy'
      if (error instanceof DialFailed) failed(wanted, code)
      return { code }
    }
  }

  #untilWoken(): AbortSignal {
    this.#waking = new AbortController()
    return AbortSignal.any([this.#waking.signal, this.#stopping.signal])
  }

  /** Full jitter: servers that were lost together are not dialled together. */
  #backoffMs(): number {
    const { firstMs, mostMs } = this.#timing
    const bound = Math.min(mostMs, firstMs * 2 ** this.#failures)
    this.#failures += 1
    return Math.round(Math.random() * bound)
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#untilWoken(), ref: false }).catch(() => {})
  }
}

function rest(woken: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (woken.aborted) resolve()
    else woken.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** So many at one time; the others wait in order. */
class Turns {
  readonly #waiting: (() => void)[] = []
  #free: number

  constructor(atOneTime: number) {
    this.#free = atOneTime
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free += 1
    }
  }
}
