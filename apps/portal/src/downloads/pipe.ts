/**
 * What an agent sends for one download, on its way to one browser. Nothing is kept but the few pieces that are under way:
 *
 *   agent ──piece──► put ──► waits ──► a reader asks ──► browser
 *     ▲                                     │
 *     └───────────── acknowledged ◄─────────┘
 *
 * A piece is acknowledged when it is read, and an agent may have only so many unacknowledged: so it sends as fast as
 * the browser takes, and a browser that takes nothing costs no more than those pieces. How it ends is told to the
 * reader: the end closes the stream, and everything else breaks it, so that a download that was cut looks cut.
 */
import { DOWNLOAD } from '@holdfast/protocol'

type Piece = { readonly bytes: Uint8Array; readonly acknowledge: () => void }

export type PipeHooks = {
  /** The reader does not want the rest. */
  readonly onCancelled: () => void
  /** It is over, however that came. */
  readonly onOver: (outcome: PipeOutcome) => void
}

export type PipeOutcome = {
  readonly how: 'complete' | 'broken' | 'cancelled'
  readonly bytes: number
  /** How many of several things the agent could not read, by its own word. */
  readonly unread: number
}

export class Pipe {
  readonly stream: ReadableStream<Uint8Array>
  readonly #hooks: PipeHooks
  readonly #waiting: Piece[] = []
  #arrived: (() => void) | null = null
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #end: 'open' | 'complete' | 'broken' = 'open'
  #isOver = false
  #bytes = 0
  #unread = 0
  /** When the reader last took something, by `performance.now()`. */
  takenAt = performance.now()

  constructor(hooks: PipeHooks) {
    this.#hooks = hooks
    // No piece is taken before somebody asks for it.
    const nothingAhead = new CountQueuingStrategy({ highWaterMark: 0 })
    this.stream = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: (stream) => this.#give(stream),
        cancel: () => this.#cancel(),
      },
      nothingAhead,
    )
  }

  /** Whether a reader waits for the agent, and not the agent for a reader. */
  get isHungry(): boolean {
    return this.#arrived !== null
  }

  /** False: more than may be under way, or after the end. */
  put(bytes: Uint8Array, acknowledge: () => void): boolean {
    if (this.#end !== 'open' || this.#waiting.length >= DOWNLOAD.windowChunks) return false
    this.#waiting.push({ bytes, acknowledge })
    this.#tell()
    return true
  }

  /** All of it has been put. */
  complete(unread = 0): void {
    if (this.#end !== 'open') return
    this.#end = 'complete'
    this.#unread = unread
    this.#tell()
  }

  /** There will be no more. What is here already and is all of it may still be read. */
  break(why: Error): void {
    if (this.#end === 'open') this.giveUp(why)
  }

  /** Nobody will read it, or nobody shall. */
  giveUp(why: Error): void {
    if (this.#isOver) return
    this.#end = 'broken'
    // What has come is worth nothing without the rest. A reader that hangs is told as well, whenever it wakes up.
    this.#waiting.length = 0
    this.#controller?.error(why)
    this.#tell()
    this.#over('broken')
  }

  async #give(stream: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.takenAt = performance.now()
    while (this.#waiting.length === 0 && this.#end === 'open')
      await new Promise<void>((resolve) => {
        this.#arrived = resolve
      })
    const piece = this.#waiting.shift()
    if (piece !== undefined) {
      this.#bytes += piece.bytes.byteLength
      stream.enqueue(piece.bytes)
      piece.acknowledge()
    } else if (this.#end === 'complete') {
      stream.close()
      this.#over('complete')
    }
  }

  #cancel(): void {
    if (this.#isOver) return
    this.#end = 'broken'
    this.#waiting.length = 0
    this.#tell()
    this.#hooks.onCancelled()
    this.#over('cancelled')
  }

  #tell(): void {
    const arrived = this.#arrived
    this.#arrived = null
    arrived?.()
  }

  #over(how: PipeOutcome['how']): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#hooks.onOver({ how, bytes: this.#bytes, unread: this.#unread })
  }
}
