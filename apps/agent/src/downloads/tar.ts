/**
 * Reads a tar as it comes, piece by piece, the way Go writes one (ustar, and pax where that does not suffice), and hands
 * on what is in it. Nothing is kept but the header that is being read. What it says is restic's word about a repository
 * that anybody may have written: names are checked by whoever makes a path of them (names.ts).
 */
const BLOCK = 512
/** Of one header that says more than a block can: long names, and attributes, which are read over. */
const LONG_HEADER_BYTES_MAX = 16 * 1024 * 1024

export type TarEntry = {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly sizeBytes: number
  readonly mode: number
  readonly modifiedAtMs: number
  /** Where a link leads. */
  readonly target: string
}

export type TarTaker = {
  entry(entry: TarEntry): Promise<void>
  /** Of the file that was named last. */
  bytes(bytes: Buffer): Promise<void>
  entryEnd(): Promise<void>
}

type Long = { path?: string; target?: string; sizeBytes?: number; modifiedAtMs?: number }
type Body = { readonly kind: 'entry' } | { readonly kind: 'long'; readonly type: string; parts: Buffer[] }

export class TarReader {
  readonly #taker: TarTaker
  /** Of a header that has not come whole. */
  #held: Buffer = Buffer.alloc(0)
  #body: Body | null = null
  #bodyLeft = 0
  #paddingLeft = 0
  #long: Long = {}

  constructor(taker: TarTaker) {
    this.#taker = taker
  }

  async push(chunk: Buffer): Promise<void> {
    let rest: Buffer = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    this.#held = Buffer.alloc(0)
    while (rest.length > 0) {
      if (this.#body !== null) {
        const part = rest.subarray(0, this.#bodyLeft)
        rest = rest.subarray(part.length)
        await this.#takeBody(part)
      } else if (this.#paddingLeft > 0) {
        const skipped = Math.min(this.#paddingLeft, rest.length)
        this.#paddingLeft -= skipped
        rest = rest.subarray(skipped)
      } else if (rest.length >= BLOCK) {
        await this.#takeHeader(rest.subarray(0, BLOCK))
        rest = rest.subarray(BLOCK)
      } else {
        this.#held = Buffer.from(rest)
        return
      }
    }
  }

  async #takeHeader(block: Buffer): Promise<void> {
    if (block.every((byte) => byte === 0)) return
    if (checksum(block) !== numberAt(block, 148, 8)) throw new Error('This is no tar.')
    const type = String.fromCharCode(block[156] || 0x30)
    const size = numberAt(block, 124, 12)
    if ('xgLK'.includes(type)) {
      if (size > LONG_HEADER_BYTES_MAX) throw new Error('A header in the tar is too long.')
      this.#begin({ kind: 'long', type, parts: [] }, size)
      if (size === 0) await this.#takeBody(Buffer.alloc(0))
      return
    }
    const long = this.#long
    this.#long = {}
    const name = textAt(block, 0, 100)
    const prefix = block.toString('latin1', 257, 262) === 'ustar' ? textAt(block, 345, 155) : ''
    const kind = type === '5' ? 'folder' : type === '2' ? 'link' : '07'.includes(type) ? 'file' : 'other'
    const entry: TarEntry = {
      path: long.path ?? (prefix === '' ? name : `${prefix}/${name}`),
      kind,
      // Only files have a body, whatever stands there.
      sizeBytes: kind === 'file' || kind === 'other' ? (long.sizeBytes ?? size) : 0,
      mode: numberAt(block, 100, 8),
      modifiedAtMs: long.modifiedAtMs ?? numberAt(block, 136, 12) * 1000,
      target: long.target ?? textAt(block, 157, 100),
    }
    this.#begin({ kind: 'entry' }, entry.sizeBytes)
    await this.#taker.entry(entry)
    if (entry.sizeBytes === 0) await this.#takeBody(Buffer.alloc(0))
  }

  #begin(body: Body, bytes: number): void {
    this.#body = body
    this.#bodyLeft = bytes
    this.#paddingLeft = (BLOCK - (bytes % BLOCK)) % BLOCK
  }

  async #takeBody(part: Buffer): Promise<void> {
    const body = this.#body
    if (body === null) return
    this.#bodyLeft -= part.length
    if (this.#bodyLeft === 0) this.#body = null
    if (body.kind === 'entry') {
      if (part.length > 0) await this.#taker.bytes(part)
      if (this.#bodyLeft === 0) await this.#taker.entryEnd()
      return
    }
    body.parts.push(Buffer.from(part))
    if (this.#bodyLeft > 0) return
    const content = Buffer.concat(body.parts)
    if (body.type === 'L') this.#long.path = untilZero(content)
    if (body.type === 'K') this.#long.target = untilZero(content)
    if (body.type === 'x') Object.assign(this.#long, longOf(content))
  }
}

/** `27 path=some/where\n`, one after the other; the number counts all of its record. */
function longOf(content: Buffer): Long {
  const long: Long = {}
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.toString('latin1', at, space))
    if (space < 0 || !Number.isInteger(length) || at + length > content.length || length <= space - at)
      throw new Error('A header in the tar cannot be read.')
    const record = content.toString('utf8', space + 1, at + length - 1)
    const [key = ''] = record.split('=', 1)
    const value = record.slice(key.length + 1)
    if (key === 'path') long.path = value
    if (key === 'linkpath') long.target = value
    if (key === 'size') long.sizeBytes = wholeNumber(Number(value))
    if (key === 'mtime') long.modifiedAtMs = Math.floor(Number(value) * 1000) || 0
    at += length
  }
  return long
}

/** Octal, or binary where the first bit says so. */
function numberAt(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0
  if ((first & 0x80) === 0) return wholeNumber(Number.parseInt(textAt(block, at, length).trim() || '0', 8))
  let value = first & 0x7f
  for (const byte of block.subarray(at + 1, at + length)) value = value * 256 + byte
  return wholeNumber(value)
}

function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error('A number in the tar cannot be read.')
  return value
}

function textAt(block: Buffer, at: number, length: number): string {
  return untilZero(block.subarray(at, at + length))
}

function untilZero(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end)
}

function checksum(block: Buffer): number {
  let sum = 8 * 0x20
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte
  return sum
}
