/**
 * Carries the bytes of one download to a portal: in chunks of a fixed size, so many at most on the way unanswered. Whoever
 * fills it waits while that many are. What was sent is hashed, so that the other end can tell whether it has all of it.
 *
 *   take(bytes) ──► held, up to a chunk ──► sent, numbered ──► answered: `taken`
 *                                                          └─► `cancelled`, or no answer: onBroken
 */
import { createHash } from 'node:crypto'
import { DOWNLOAD, downloadChunkReceipt, type RefusalCode, WIRE } from '@holdfast/protocol'

/** The line to the portal, for as long as it stands. */
export type DownloadWay = {
  readonly ended: AbortSignal
  /** The other end's answer; null when there is none. */
  request(event: string, payload: unknown, timeoutMs: number): Promise<unknown>
  send(event: string, payload: unknown): void
}

export class Pump {
  bytes = 0
  readonly #downloadId: string
  readonly #way: DownloadWay
  readonly #onBroken: (code: RefusalCode | null) => void
  readonly #hash = createHash('sha256')
  readonly #onTheWay = new Set<Promise<void>>()
  #held: Buffer[] = []
  #heldBytes = 0
  #sequence = 0

  /** @param onBroken nobody takes any more: null when the person went away */
  constructor(downloadId: string, way: DownloadWay, onBroken: (code: RefusalCode | null) => void) {
    this.#downloadId = downloadId
    this.#way = way
    this.#onBroken = onBroken
  }

  /** Resolves when there is room for more; nothing when there is now. */
  take(chunk: Buffer): Promise<void> | undefined {
    this.#hash.update(chunk)
    this.bytes += chunk.length
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes >= DOWNLOAD.chunkBytesMax) this.#sendHeld(false)
    return this.#isFull ? this.#room() : undefined
  }

  /** Sends the rest and waits until all was taken. */
  async end(): Promise<{ bytes: number; sha256: string }> {
    this.#sendHeld(true)
    await Promise.all(this.#onTheWay)
    return { bytes: this.bytes, sha256: this.#hash.digest('hex') }
  }

  get #isFull(): boolean {
    return this.#onTheWay.size >= DOWNLOAD.windowChunks
  }

  async #room(): Promise<void> {
    while (this.#isFull) await Promise.race(this.#onTheWay)
  }

  #sendHeld(isLast: boolean): void {
    const all = Buffer.concat(this.#held)
    let from = 0
    while (all.length - from >= (isLast ? 1 : DOWNLOAD.chunkBytesMax)) {
      this.#send(all.subarray(from, from + DOWNLOAD.chunkBytesMax))
      from += DOWNLOAD.chunkBytesMax
    }
    // A copy, so that what was sent need not be kept for its sake.
    const rest = Buffer.from(all.subarray(from))
    this.#held = rest.length > 0 ? [rest] : []
    this.#heldBytes = rest.length
  }

  #send(bytes: Buffer): void {
    const payload = { downloadId: this.#downloadId, sequence: this.#sequence, bytes }
    this.#sequence += 1
    const sent = this.#way
      .request(WIRE.agentToPortal.downloadChunk, payload, DOWNLOAD.answerMsMax)
      .then((answer) => {
        const { data } = downloadChunkReceipt.safeParse(answer)
        if (data?.outcome !== 'taken') this.#onBroken(data ? null : 'no_answer')
      })
      .finally(() => this.#onTheWay.delete(sent))
    this.#onTheWay.add(sent)
  }
}
