/**
 * Takes the body of a request into a file and hashes it on its way. Memory does not grow with the body: one buffer fills
 * while another is being written, and when the disk does not keep up the client is made to wait.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { Pace } from '@holdfast/protocol/watch-taking'
import { returnBuffers, takeBuffer } from '../storage/buffers.ts'
import { BLOCK_BYTES } from '../storage/direct.ts'
import type { Draft } from '../storage/repository.ts'
import { watchPace } from './pace.ts'
import { Refused } from './refusals.ts'
import { noteGarbage } from './young-garbage.ts'

export type Received = { readonly bytes: number; readonly sha256: string }

/** `allow` hears of the bytes so far before they are written, and throws to end it. @throws Refused */
export async function receive(
  request: IncomingMessage,
  draft: Draft,
  { pace, allow }: { readonly pace: Pace; readonly allow: (bytes: number) => void },
): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const hash = createHash('sha256')
  const file = new BufferedFile(draft, {
    // Of whole buffers: asking for each of their small pieces would cost more than hashing them.
    onWrite: (piece) => hash.update(piece),
    onSpace: () => request.resume(),
    onError: reject,
  })
  let bytes = 0

  const onData = (chunk: Buffer): void => {
    bytes += chunk.length
    try {
      allow(bytes)
    } catch (error) {
      reject(error)
      return
    }
    if (!file.take(chunk)) request.pause()
    noteGarbage(chunk.length)
  }
  const onCut = (): void => reject(new Refused('cut_short'))
  const onEnd = (): void => {
    // A request also closes when all is well: after its end that says nothing.
    request.off('close', onCut)
    file.flush().then(() => resolve({ bytes, sha256: hash.digest('hex') }), reject)
  }
  const stopWatching = watchPace(
    pace,
    () => (request.isPaused() ? null : bytes),
    () => reject(new Refused('too_slow')),
  )
  request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut)
  try {
    return await promise
  } finally {
    stopWatching()
    request.off('data', onData).off('end', onEnd).off('close', onCut).resume()
    await file.release()
  }
}

type BufferedFileEvents = {
  /** Hears of all that is written, in order. */
  readonly onWrite: (piece: Buffer) => void
  readonly onSpace: () => void
  readonly onError: (error: unknown) => void
}

class BufferedFile {
  readonly #draft: Draft
  readonly #onWrite: (piece: Buffer) => void
  readonly #onSpace: () => void
  readonly #onError: (error: unknown) => void
  #filling = takeBuffer()
  #filled = 0
  #bytes = 0
  #writing: Promise<void> | null = null
  /** What found no space. */
  #rest: Buffer | null = null

  constructor(draft: Draft, { onWrite, onSpace, onError }: BufferedFileEvents) {
    this.#draft = draft
    this.#onWrite = onWrite
    this.#onSpace = onSpace
    this.#onError = onError
  }

  /** False when both buffers are full: nothing more may come before `onSpace`. */
  take(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length; ) {
      if (this.#filled === this.#filling.length) {
        if (this.#writing !== null) {
          this.#rest = chunk.subarray(at)
          return false
        }
        this.#write()
      }
      const copied = chunk.copy(this.#filling, this.#filled, at)
      this.#filled += copied
      at += copied
    }
    return true
  }

  #write(): void {
    const full = this.#filling
    // Taken only for as long as the full one is being written: a slow client holds one buffer, not two.
    this.#filling = takeBuffer()
    this.#filled = 0
    this.#writing = this.#put(full, full.length).then(
      () => {
        returnBuffers([full])
        this.#writing = null
        const rest = this.#rest
        if (rest === null) return
        this.#rest = null
        if (this.take(rest)) this.#onSpace()
      },
      (error: unknown) => {
        this.#writing = null
        this.#onError(error)
      },
    )
  }

  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    if (this.#filled > 0) await this.#put(this.#filling, this.#filled)
    this.#filled = 0
  }

  /** Hashed while it is being written. */
  #put(buffer: Buffer, length: number): Promise<void> {
    const { handle, isDirect } = this.#draft
    const piece = buffer.subarray(0, length)
    this.#bytes += length
    const written = isDirect
      ? writeBlocks(handle, buffer, { length, fileBytes: this.#bytes })
      : writeAll(handle, piece)
    this.#onWrite(piece)
    return written
  }

  /** Gives its buffer back, once nothing is written any more. */
  async release(): Promise<void> {
    this.#rest = null
    while (this.#writing !== null) await this.#writing
    returnBuffers([this.#filling])
  }
}

/** All but the last piece are whole blocks. That one is filled up to a block, and the file cut to its length again. */
async function writeBlocks(
  handle: FileHandle,
  buffer: Buffer,
  { length, fileBytes }: { readonly length: number; readonly fileBytes: number },
): Promise<void> {
  const blocks = Math.ceil(length / BLOCK_BYTES) * BLOCK_BYTES
  // What somebody else has sent may still be there.
  buffer.fill(0, length, blocks)
  await writeAll(handle, buffer.subarray(0, blocks))
  if (blocks !== length) await handle.truncate(fileBytes)
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  // A nearly full disk takes a part. What is left over is written at once, or fails with the reason.
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten
}
