/**
 * Counts the connections of each address that have not said yet who they are. Each is let stand for a minute, and a
 * process may hold only so many: whoever opens thousands and says nothing would keep all others out. Whoever speaks is
 * counted elsewhere (attempts.ts, entrance.ts).
 *
 *   TCP ──► enter: too many of this address? cut
 *        ──► TLS ──► websocket ──► hello: leave
 *        └─────── closed ────────────────► leave
 *        └─────── stands too long ───────► cut
 */
import type { Socket } from 'node:net'
import { addressKey, plainAddress } from './attempts.ts'

export type SilenceLimit = {
  /** Connections of one address. A whole site may sit behind one. */
  readonly perAddressMax: number
  /** What comes from this machine itself may be a tunnel or a load balancer, and stand for everybody. */
  readonly countsThisMachine: boolean
  /** Of one connection, whatever became of it: one that was refused need not close its own side. */
  readonly standMs: number
}

export const SILENCE: SilenceLimit = { perAddressMax: 1_000, countsThisMachine: false, standMs: 60_000 }

type Standing = { readonly socket: Socket; readonly key: string | null; readonly since: number }

export class Doorstep {
  readonly #limit: SilenceLimit
  readonly #onCrowd: (address: string) => void
  /** Who came first stands first. */
  readonly #standing = new Map<string, Standing>()
  readonly #counts = new Map<string, number>()
  readonly #closed: (this: Socket) => void
  #clearing: NodeJS.Timeout | null = null

  constructor(limit: SilenceLimit, onCrowd: (address: string) => void) {
    this.#limit = limit
    this.#onCrowd = onCrowd
    const doorstep = this
    // One function for all sockets, so that none costs a closure.
    this.#closed = function (this: Socket) {
      doorstep.#forget(this)
    }
  }

  /** Who stands here now, of all addresses. */
  get count(): number {
    return this.#standing.size
  }

  /** False: there were too many of its address, and it has been cut. */
  enter(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress ?? '')
    const key = this.#keyOf(address)
    const count = key === null ? 0 : (this.#counts.get(key) ?? 0)
    if (count >= this.#limit.perAddressMax) {
      socket.destroy()
      this.#onCrowd(address)
      return false
    }
    const before = this.#standing.get(nameOf(socket))
    if (before !== undefined) this.leave(before.socket)
    if (key !== null) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    this.#standing.set(nameOf(socket), { socket, key, since: performance.now() })
    socket.once('close', this.#closed)
    this.#clearLater()
    return true
  }

  /** @param socket what came in, or the TLS socket over it */
  leave(socket: Socket): void {
    const standing = this.#standing.get(nameOf(socket))
    if (standing === undefined) return
    standing.socket.off('close', this.#closed)
    this.#forget(standing.socket)
  }

  #forget(socket: Socket): void {
    const standing = this.#standing.get(nameOf(socket))
    if (standing?.socket !== socket) return
    this.#standing.delete(nameOf(socket))
    const { key } = standing
    if (key === null) return
    const left = (this.#counts.get(key) ?? 0) - 1
    if (left > 0) this.#counts.set(key, left)
    else this.#counts.delete(key)
  }

  #clearLater(): void {
    this.#clearing ??= setTimeout(() => {
      this.#clearing = null
      const overdue = performance.now() - this.#limit.standMs
      for (const { socket, since } of this.#standing.values()) {
        if (since > overdue) break
        socket.destroy()
      }
      if (this.#standing.size > 0) this.#clearLater()
    }, this.#limit.standMs / 4).unref()
  }

  /** Null where they are not counted. */
  #keyOf(address: string): string | null {
    return isThisMachine(address) && !this.#limit.countsThisMachine ? null : addressKey(address)
  }
}

/** What still stands after a socket has closed. On another port of ours the same name may come again: it counts once. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function isThisMachine(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
