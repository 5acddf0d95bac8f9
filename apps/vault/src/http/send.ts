/**
 * Sends an object or a range of it. One buffer is read from the disk while another is on its way to the client, so
 * memory depends on how many are served at once and not on what they ask for.
 */
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { returnBuffers, takeBuffer } from '../storage/buffers.ts'
import { BLOCK_BYTES } from '../storage/direct.ts'
import { sendPieces } from './pieces.ts'
import { Refused } from './refusals.ts'

export type Range = { readonly start: number; readonly length: number }

/** Null for all of it: no range, or of a kind that may be ignored. @throws Refused `range_outside` */
export function readRange(header: string | undefined, size: number): Range | null {
  if (header === undefined || !header.startsWith('bytes=') || header.includes(',')) return null
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header) ?? []
  const outside = new Refused('range_outside', { 'Content-Range': `bytes */${size}` })
  if (first === '') {
    const length = Math.min(Number(last), size)
    if (last === '' || length === 0) throw outside
    return { start: size - length, length }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start >= size || end < start) throw outside
  return { start, length: end - start + 1 }
}

type Sending = {
  readonly range: Range
  /** Only whole blocks may be read (direct.ts). */
  readonly isDirect: boolean
  readonly sent: (bytes: number) => void
}

/** Resolves when everything is on its way; how many bytes that were is told to `sent` as they go. */
export async function sendFile(
  response: ServerResponse,
  handle: FileHandle,
  { range, isDirect, sent }: Sending,
): Promise<void> {
  let onItsWay: Promise<void> = Promise.resolve()
  for (let done = 0; done < range.length; ) {
    const buffer = takeBuffer()
    const at = range.start + done
    // Whole blocks, as a direct read wants them: what stands before `at` is read over.
    const before = isDirect ? at % BLOCK_BYTES : 0
    const want = Math.min(buffer.length, before + range.length - done)
    const ask = isDirect ? Math.ceil(want / BLOCK_BYTES) * BLOCK_BYTES : want
    const { bytesRead } = await handle.read(buffer, 0, ask, at - before)
    const piece = buffer.subarray(before, Math.min(bytesRead, want))
    if (piece.length === 0) throw new Error('The object is shorter than it was.')
    done += piece.length
    await onItsWay
    onItsWay = sendPieces(response, piece, sent).then(() => returnBuffers([buffer]))
    // Whoever waits for it next hears of a failure; until then it is not unhandled.
    onItsWay.catch(() => undefined)
  }
  await onItsWay
  response.end()
}
