/**
 * An open connection to something that may be a portal: what lies under it, what arrives on it, how it ended. Messages
 * wait in order while nobody listens, so that none is lost between two who take turns (the dial, the handshake, the
 * link), however quickly the other end speaks.
 */
import type { RefusalCode } from '@holdfast/protocol'
import type { Channel } from '@holdfast/protocol/handshake'
import type { Socket } from 'socket.io-client'
import { whyItEnded } from './endings.ts'

export type LineEvent =
  /** `acknowledge` is null when the sender expects no answer. */
  | {
      readonly type: 'message'
      readonly event: string
      readonly payload: unknown
      readonly acknowledge: ((answer: unknown) => void) | null
    }
  | { readonly type: 'ended'; readonly code: RefusalCode }

/** How a line came about: the peer's own address, null where a proxy hides it; and that proxy, without credentials. */
export type Way = { readonly ip: string | null; readonly proxy: string | null }

/** An address as a person is told of it, with where it led: `portal.example:16888 (203.0.113.7)`. */
export function placeOf({ address, way: { ip, proxy } }: { address: string; way: Way }): string {
  const isKnown =
    ip === null || address === `${ip}:${address.split(':').at(-1)}` || address.startsWith(`[${ip}]`)
  return `${address}${isKnown ? '' : ` (${ip})`}${proxy === null ? '' : ` through ${proxy}`}`
}

type Listener = (event: LineEvent) => void

/** The socket under a line: socket.io's own where the agent has dialled, its like where it was called (listen/). */
export type LineSocket = {
  onAny(listener: (event: string, payload: unknown, ...rest: unknown[]) => void): unknown
  once(event: 'disconnect', listener: (reason: Socket.DisconnectReason, details?: unknown) => void): unknown
  emit(event: string, payload: unknown): unknown
  readonly volatile: { emit(event: string, payload: unknown): unknown }
  timeout(ms: number): { emitWithAck(event: string, payload: unknown): Promise<unknown> }
  disconnect(): unknown
  readonly io: { readonly engine: { on(event: 'packet', listener: () => void): unknown } }
}

/** What a peer may say while nobody listens. Far beyond what one of ours would. */
const BACKLOG_MAX = 100

export class Line {
  /** `host:port` as it was dialled. */
  readonly address: string
  readonly way: Way
  readonly channel: Channel
  readonly #socket: LineSocket
  #listener: Listener | null = null
  #backlog: LineEvent[] = []
  #lastHeardAt = Date.now()

  constructor(socket: LineSocket, address: string, channel: Channel, way: Way = { ip: null, proxy: null }) {
    this.#socket = socket
    this.address = address
    this.way = way
    this.channel = channel
    socket.onAny((event: string, payload: unknown, ...rest: unknown[]) => {
      // Socket.io puts its callback last; a message without a payload has it in the payload's place.
      const last = rest.at(-1) ?? payload
      const acknowledge = typeof last === 'function' ? (answer: unknown) => void last(answer) : null
      this.#deliver({ type: 'message', event, payload, acknowledge })
    })
    socket.once('disconnect', (reason, details) =>
      this.#deliver({ type: 'ended', code: whyItEnded(reason, details) }),
    )
    socket.io.engine.on('packet', () => {
      this.#lastHeardAt = Date.now()
    })
  }

  /** When anything last arrived, pings included. Milliseconds since 1970. */
  get lastHeardAt(): number {
    return this.#lastHeardAt
  }

  /** Hands over everything from now on, what has been waiting first. One listener at a time. */
  listen(listener: Listener): void {
    this.#listener = listener
    while (this.#listener === listener) {
      const next = this.#backlog.shift()
      if (next === undefined) return
      listener(next)
    }
  }

  /** From now on messages wait for the next listener. */
  stopListening(): void {
    this.#listener = null
  }

  send(event: string, payload: unknown): void {
    this.#socket.emit(event, payload)
  }

  /** Dropped, not kept, when the line cannot take it at this moment. */
  sendIfClear(event: string, payload: unknown): void {
    this.#socket.volatile.emit(event, payload)
  }

  /** The other end's answer; null when none came in time or the line ended. */
  async request(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    try {
      return await this.#socket.timeout(timeoutMs).emitWithAck(event, payload)
    } catch {
      return null
    }
  }

  close(): void {
    this.#socket.disconnect()
  }

  #deliver(event: LineEvent): void {
    if (this.#listener !== null) this.#listener(event)
    else if (this.#backlog.length < BACKLOG_MAX || event.type === 'ended') this.#backlog.push(event)
  }
}
