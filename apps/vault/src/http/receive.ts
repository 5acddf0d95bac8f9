/**
 * Takes the body of a request into a file and hashes it on its way. Memory does not grow with the body: at most two
 * batches are held, and when the disk does not keep up the client is made to wait.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { type Pace, watchPace } from './pace.ts'
import { Refused } from './refusals.ts'

const BATCH_BYTES = 512 * 1024

export type Received = { readonly bytes: number; readonly sha256: string }

/** `allow` hears of the bytes so far before they are written, and throws to end it. @throws Refused */
export function receive(
  request: IncomingMessage,
  handle: FileHandle,
  { pace, allow }: { readonly pace: Pace; readonly allow: (bytes: number) => void },
): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>()
  const hash = createHash('sha256')
  let batch: Buffer[] = []
  let batchBytes = 0
  let bytes = 0
  let writing: Promise<void> | null = null

  const write = (): void => {
    const full = batch
    batch = []
    batchBytes = 0
    writing = writeAll(handle, full).then(
      () => {
        writing = null
        if (batchBytes >= BATCH_BYTES) write()
        request.resume()
      },
      (error: unknown) => {
        writing = null
        reject(error)
      },
    )
  }
  const stopWatching = watchPace(
    pace,
    () => (request.isPaused() ? null : bytes),
    () => reject(new Refused('too_slow')),
  )
  const onData = (chunk: Buffer): void => {
    bytes += chunk.length
    try {
      allow(bytes)
    } catch (error) {
      reject(error)
      return
    }
    hash.update(chunk)
    batch.push(chunk)
    batchBytes += chunk.length
    if (batchBytes < BATCH_BYTES) return
    if (writing === null) write()
    else request.pause()
  }
  const onCut = (): void => reject(new Refused('cut_short'))
  const writeRest = async (): Promise<void> => {
    while (writing !== null) await writing
    if (batchBytes > 0) await writeAll(handle, batch)
    resolve({ bytes, sha256: hash.digest('hex') })
  }
  const onEnd = (): void => {
    // A request also closes when all is well: after its end that says nothing.
    request.off('close', onCut)
    void writeRest().catch(reject)
  }
  request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut)
  return promise.finally(async () => {
    stopWatching()
    request.off('data', onData).off('end', onEnd).off('close', onCut).resume()
    // Nothing may be written any more once the file is closed.
    await writing
  })
}

async function writeAll(handle: FileHandle, buffers: Buffer[]): Promise<void> {
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
  const { bytesWritten } = await handle.writev(buffers)
  // A nearly full disk takes a part. What is left over is written at once, or fails with the reason.
  if (bytesWritten < total) await writeAll(handle, [Buffer.concat(buffers).subarray(bytesWritten)])
}
