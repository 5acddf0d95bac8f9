/**
 * Cuts a stream of bytes into lines of text. Bytes are joined before they are decoded, so a character that arrives in
 * two chunks stays whole, and a line that never ends cannot fill the memory: beyond the bound its tail is dropped.
 */
const NEWLINE = 0x0a

export const LINE_BYTES_MAX = 1024 * 1024

export class LineSplitter {
  readonly #onLine: (line: string) => void
  readonly #bytesMax: number
  #parts: Buffer[] = []
  #bytes = 0

  constructor(onLine: (line: string) => void, bytesMax: number = LINE_BYTES_MAX) {
    this.#onLine = onLine
    this.#bytesMax = bytesMax
  }

  push(chunk: Buffer): void {
    let start = 0
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, at))
      this.#emit()
      start = at + 1
    }
    this.#keep(chunk.subarray(start))
  }

  /** The stream has ended: what is left is a line as well. */
  end(): void {
    if (this.#bytes > 0) this.#emit()
  }

  #keep(bytes: Buffer): void {
    const kept = bytes.subarray(0, this.#bytesMax - this.#bytes)
    if (kept.length === 0) return
    this.#parts.push(kept)
    this.#bytes += kept.length
  }

  #emit(): void {
    const line = Buffer.concat(this.#parts).toString('utf8')
    this.#parts = []
    this.#bytes = 0
    this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
  }
}
