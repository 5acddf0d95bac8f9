/**
 * Counts the connections of each address that have not said yet who they are. Each is let stand for some seconds, and a
 * process may hold only so many: whoever opens thousands and says nothing would keep all others out. Whoever speaks is
 * counted elsewhere (attempts.ts, entrance.ts).
 *
 *   TCP ──► enter: too many of this address? cut
 *        ──► TLS ──► websocket ──► hello: leave
 *        └─────── closed ────────────────► leave
 *
 */
import type { Socket } from 'node:net'
import { addressKey, plainAddress } from './attempts.ts'

export type SilenceLimit = {
  /** Connections of one address. A whole site may sit behind one. */
  readonly perAddressMax: number
  /** What comes from this machine itself may be a tunnel or a load balancer, and stand for everybody. */
  readonly countsThisMachine: boolean
}

export const SILENCE: SilenceLimit = { perAddressMax: 1_000, countsThisMachine: false }

export class Doorstep {
  readonly #limit: SilenceLimit
  readonly #onCrowd: (address: string) => void
  readonly #standing = new Map<string, Socket>()
  readonly #counts = new Map<string, number>()
  readonly #closed: (this: Socket) => void

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
    if (isThisMachine(address) && !this.#limit.countsThisMachine) return true
    const key = addressKey(address)
    const count = this.#counts.get(key) ?? 0
    if (count >= this.#limit.perAddressMax) {
      socket.destroy()
      this.#onCrowd(address)
      return false
    }
    const before = this.#standing.get(nameOf(socket))
    if (before !== undefined) this.leave(before)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    this.#standing.set(nameOf(socket), socket)
    socket.once('close', this.#closed)
    return true
  }

  /** @param socket what came in, or the TLS socket over it */
  leave(socket: Socket): void {
    const standing = this.#standing.get(nameOf(socket))
    if (standing === undefined) return
    standing.off('close', this.#closed)
    this.#forget(standing)
  }

  #forget(socket: Socket): void {
    const name = nameOf(socket)
    if (this.#standing.get(name) !== socket) return
    this.#standing.delete(name)
    const key = addressKey(plainAddress(socket.remoteAddress ?? ''))
    const left = (this.#counts.get(key) ?? 0) - 1
    if (left > 0) this.#counts.set(key, left)
    else this.#counts.delete(key)
  }
}

/** What still stands after a socket has closed. On another port of ours the same name may come again: it counts once. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function isThisMachine(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
