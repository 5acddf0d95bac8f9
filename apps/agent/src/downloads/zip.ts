/**
 * Writes a zip as a stream: what comes is packed and handed on, and nothing of it is kept but one line for each file,
 * which the directory at the end of every zip needs.
 *
 *   header, packed bytes, size and checksum │ header, … │ directory │ where the directory begins
 *
 * A file that breaks off is left out of the directory (`drop`): programs go by that, so nobody takes a part for the whole.
 * Files above 4 GiB, and more than 65,535 of them, are written as ZIP64. Names are UTF-8, and say so.
 */
import { constants, crc32, createDeflateRaw, type DeflateRaw } from 'node:zlib'

export type ZipFacts = {
  readonly modifiedAtMs: number | null
  /** The permissions of Unix; what else a mode may hold is not written down. */
  readonly mode: number | null
}

type Going = {
  readonly name: Buffer
  readonly facts: ZipFacts
  readonly offset: number
  readonly isLarge: boolean
  readonly packer: Packer
  crc: number
  bytes: number
  packedBytes: number
}

type Written = Omit<Going, 'packer'> & { readonly kind: 'file' | 'folder' | 'link' }

const FOLDER = 0o040000
const FILE = 0o100000
const LINK = 0o120000
const UINT32 = 0xffffffff
/** What is packed can be a little larger than what it was. */
const LARGE_BYTES = 0xf0000000
const UTF8 = 0x0800
const SIZES_FOLLOW = 0x0008
const DEFLATED = 8

export class ZipWriter {
  readonly #take: (bytes: Buffer) => unknown
  readonly #directory: Buffer[] = []
  #going: Going | null = null
  #offset = 0

  /** @param take gets all of it, in order. As long as a promise that it returns is open, nothing more comes. */
  constructor(take: (bytes: Buffer) => unknown) {
    this.#take = take
  }

  get count(): number {
    return this.#directory.length
  }

  async folder(name: string, facts: ZipFacts): Promise<void> {
    await this.#stored('folder', Buffer.from(`${name}/`), Buffer.alloc(0), facts)
  }

  async link(name: string, target: string, facts: ZipFacts): Promise<void> {
    await this.#stored('link', Buffer.from(name), Buffer.from(target), facts)
  }

  /** @param sizeBytes as far as it is known: what is said to be small must not become large */
  async begin(name: string, sizeBytes: number | null, facts: ZipFacts): Promise<void> {
    const isLarge = sizeBytes === null || sizeBytes >= LARGE_BYTES
    this.#going = {
      ...{ name: Buffer.from(name), facts, isLarge, offset: this.#offset },
      ...{ packer: new Packer(), crc: 0, bytes: 0, packedBytes: 0 },
    }
    const sizes = isLarge ? UINT32 : 0
    const header = { flags: UTF8 | SIZES_FOLLOW, method: DEFLATED, crc: 0, bytes: sizes, packedBytes: sizes }
    const large = isLarge ? extra(0x0001, uint64(0), uint64(0)) : Buffer.alloc(0)
    await this.#put(localHeader(this.#going.name, facts, header, large))
  }

  async write(bytes: Buffer): Promise<void> {
    const going = this.#going
    if (going === null) throw new Error('No file was begun.')
    going.crc = crc32(bytes, going.crc)
    going.bytes += bytes.length
    await this.#putPacked(going, await going.packer.write(bytes))
  }

  /** The file is whole. */
  async close(): Promise<void> {
    const going = await this.#finish()
    if (going !== null) this.#remember({ ...going, kind: 'file' })
  }

  /** The file will never be whole. */
  async drop(): Promise<void> {
    await this.#finish()
  }

  async end(): Promise<void> {
    const begins = this.#offset
    for (const line of this.#directory) await this.#put(line)
    const bytes = this.#offset - begins
    const { count } = this
    if (count >= 0xffff || begins + bytes >= UINT32) {
      const at = this.#offset
      await this.#put(
        join([uint32(0x06064b50), uint64(44), uint16(0x031e), uint16(45), uint32(0), uint32(0)]),
        join([uint64(count), uint64(count), uint64(bytes), uint64(begins)]),
        join([uint32(0x07064b50), uint32(0), uint64(at), uint32(1)]),
      )
    }
    const most = uint16(Math.min(count, 0xffff))
    await this.#put(
      join([uint32(0x06054b50), uint16(0), uint16(0), most, most]),
      join([uint32(Math.min(bytes, UINT32)), uint32(Math.min(begins, UINT32)), uint16(0)]),
    )
  }

  async #stored(kind: 'folder' | 'link', name: Buffer, content: Buffer, facts: ZipFacts): Promise<void> {
    const offset = this.#offset
    const sizes = { crc: crc32(content), bytes: content.length, packedBytes: content.length }
    await this.#put(localHeader(name, facts, { flags: UTF8, method: 0, ...sizes }, Buffer.alloc(0)), content)
    this.#remember({ kind, name, facts, offset, isLarge: false, ...sizes })
  }

  async #finish(): Promise<Going | null> {
    const going = this.#going
    if (going === null) return null
    this.#going = null
    await this.#putPacked(going, await going.packer.end())
    const size = going.isLarge ? uint64 : uint32
    await this.#put(join([uint32(0x08074b50), uint32(going.crc), size(going.packedBytes), size(going.bytes)]))
    return going
  }

  async #putPacked(going: Going, packed: readonly Buffer[]): Promise<void> {
    for (const part of packed) going.packedBytes += part.length
    await this.#put(...packed)
  }

  async #put(...parts: readonly Buffer[]): Promise<void> {
    for (const part of parts) {
      this.#offset += part.length
      await this.#take(part)
    }
  }

  #remember({ kind, name, facts, offset, crc, bytes, packedBytes }: Written): void {
    const large = [bytes, packedBytes, offset].filter((value) => value >= UINT32)
    const extras = Buffer.concat([
      ...(large.length > 0 ? [extra(0x0001, ...large.map(uint64))] : []),
      modifiedExtra(facts),
    ])
    const type = { file: FILE, folder: FOLDER, link: LINK }[kind]
    const usual = kind === 'file' ? 0o644 : kind === 'folder' ? 0o755 : 0o777
    const mode = type | ((facts.mode ?? usual) & 0o777)
    this.#directory.push(
      join([
        ...[uint32(0x02014b50), uint16(0x031e), uint16(large.length > 0 ? 45 : 20)],
        ...[uint16(kind === 'file' ? UTF8 | SIZES_FOLLOW : UTF8), uint16(kind === 'file' ? DEFLATED : 0)],
        ...[
          clock(facts),
          uint32(crc),
          uint32(Math.min(packedBytes, UINT32)),
          uint32(Math.min(bytes, UINT32)),
        ],
        ...[uint16(name.length), uint16(extras.length), uint16(0), uint16(0), uint16(0)],
        ...[uint32(((mode << 16) | (kind === 'folder' ? 0x10 : 0)) >>> 0), uint32(Math.min(offset, UINT32))],
        ...[name, extras],
      ]),
    )
  }
}

/** Packs one file. What is ready comes with what was put in last. */
class Packer {
  readonly #deflate: DeflateRaw = createDeflateRaw({ level: constants.Z_DEFAULT_COMPRESSION })
  #ready: Buffer[] = []

  constructor() {
    this.#deflate.on('data', (bytes: Buffer) => this.#ready.push(bytes))
  }

  async write(bytes: Buffer): Promise<Buffer[]> {
    await new Promise<void>((resolve, reject) =>
      this.#deflate.write(bytes, (error) => (error ? reject(error) : resolve())),
    )
    return this.#ready.splice(0)
  }

  async end(): Promise<Buffer[]> {
    await new Promise<void>((resolve, reject) => {
      this.#deflate.once('end', resolve)
      this.#deflate.once('error', reject)
      this.#deflate.end()
    })
    return this.#ready.splice(0)
  }
}

type Sizes = { flags: number; method: number; crc: number; bytes: number; packedBytes: number }

function localHeader(name: Buffer, facts: ZipFacts, sizes: Sizes, large: Buffer): Buffer {
  const extras = Buffer.concat([large, modifiedExtra(facts)])
  return join([
    ...[uint32(0x04034b50), uint16(large.length > 0 ? 45 : 20), uint16(sizes.flags), uint16(sizes.method)],
    ...[clock(facts), uint32(sizes.crc), uint32(sizes.packedBytes), uint32(sizes.bytes)],
    ...[uint16(name.length), uint16(extras.length), name, extras],
  ])
}

/** As this machine's clock says it: a zip knows of no time zone, and has no years before 1980. */
function clock({ modifiedAtMs }: ZipFacts): Buffer {
  const at = new Date(modifiedAtMs ?? 0)
  const year = at.getFullYear()
  if (!(year >= 1980 && year <= 2107)) return join([uint16(0), uint16((1 << 5) | 1)])
  const time = (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1)
  const date = ((year - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate()
  return join([uint16(time), uint16(date)])
}

/** The same in seconds since 1970, for the programs that read it. */
function modifiedExtra({ modifiedAtMs }: ZipFacts): Buffer {
  const seconds = Math.floor((modifiedAtMs ?? Number.NaN) / 1000)
  if (!(seconds >= 0 && seconds <= 0x7fffffff)) return Buffer.alloc(0)
  return extra(0x5455, Buffer.from([1]), uint32(seconds))
}

function extra(id: number, ...fields: readonly Buffer[]): Buffer {
  const body = join(fields)
  return join([uint16(id), uint16(body.length), body])
}

const join = (parts: readonly Buffer[]) => Buffer.concat(parts)

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
