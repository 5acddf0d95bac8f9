/**
 * Where connections wait, unread, before TLS. Beginning TLS costs a millisecond that nothing can interrupt, and after a
 * restart thousands of connections are there in the same moment: begun all at once, they would keep everything else
 * waiting for seconds. So a few begin in each turn of the event loop. Who comes alone does not wait at all.
 */
import type { Socket } from 'node:net'

const BEGIN_PER_TURN = 8
/** More than the system lets a process hold open. Whoever comes then is cut, and comes again by himself. */
const WAITING_MAX = 20_000

export class Lobby {
  readonly #begin: (socket: Socket) => void
  #waiting: Socket[] = []
  #begunThisTurn = 0
  #isTurning = false

  constructor(begin: (socket: Socket) => void) {
    this.#begin = begin
  }

  enter(socket: Socket): void {
    if (this.#waiting.length >= WAITING_MAX) {
      socket.destroy()
      return
    }
    this.#waiting.push(socket)
    if (this.#begunThisTurn < BEGIN_PER_TURN) this.#beginSome()
    this.#turnLater()
  }

  #beginSome(): void {
    const room = BEGIN_PER_TURN - this.#begunThisTurn
    for (const socket of this.#waiting.splice(0, room)) {
      this.#begunThisTurn += 1
      this.#begin(socket)
    }
  }

  #turnLater(): void {
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#isTurning = false
    this.#begunThisTurn = 0
    this.#beginSome()
    if (this.#begunThisTurn > 0) this.#turnLater()
  }
}
