/**
 * A file or a folder of a snapshot on its way to a person's browser: agent → portal → browser, kept whole nowhere.
 *
 *   portal  download {…}            ──►  agent: policy, then `accepted` with what is known, or `refused`
 *   agent   downloadChunk 0, 1, 2 … ──►  portal: answers each when the browser has taken it, which is what holds restic
 *                                        back; so many at most are on the way unanswered
 *   agent   downloadEnd             ──►  size and SHA-256 of all that was sent, or why it ended before its end
 *   portal  cancelDownload          ──►  the person went away; a chunk may be answered with `cancelled` as well
 *
 * A link that ends, ends its downloads.
 */
import { z } from 'zod'
import { snapshotId } from './snapshots.ts'
import { count, detail, id, path, refusalCode } from './values.ts'

export const DOWNLOAD = {
  chunkBytesMax: 256 * 1024,
  /** Chunks on the way that were not answered yet. */
  windowChunks: 4,
  /** Downloads of one agent at the same time. */
  atOnceMax: 3,
  /** Things in one archive. */
  pathsMax: 500,
  /** A chunk that is not answered for so long means that nobody takes it any more. */
  answerMsMax: 5 * 60_000,
} as const

export const download = z.object({
  downloadId: id,
  repositoryId: id,
  snapshotId,
  /** With slashes, as in the snapshot. */
  path,
  /** `file`: the bytes of one file. A folder wants an archive. */
  format: z.enum(['file', 'zip', 'tar']),
  /**
   * Several files and folders, in one zip: wants the capability `download.several`. All of them lie in `path`, and are
   * named from there on in the archive.
   */
  paths: z.array(path).min(1).max(DOWNLOAD.pathsMax).optional(),
})
export type Download = z.output<typeof download>

export const downloadReceipt = z.discriminatedUnion('outcome', [
  /** `sizeBytes` of a single file where the catalogue knows it; of an archive it is never known before its end. */
  z.object({ outcome: z.literal('accepted'), sizeBytes: count.nullable() }),
  z.object({ outcome: z.literal('refused'), code: refusalCode, detail }),
])
export type DownloadReceipt = z.output<typeof downloadReceipt>

export const cancelDownload = z.object({ downloadId: id })

export const downloadChunk = z.object({
  downloadId: id,
  /** 0, 1, 2 … */
  sequence: count,
  bytes: z
    .instanceof(Uint8Array)
    .refine((bytes) => bytes.length > 0 && bytes.length <= DOWNLOAD.chunkBytesMax, 'too long'),
})
export type DownloadChunk = z.output<typeof downloadChunk>

export const downloadChunkReceipt = z.object({ outcome: z.enum(['taken', 'cancelled']) })
export type DownloadChunkReceipt = z.output<typeof downloadChunkReceipt>

export const downloadEnd = z.discriminatedUnion('outcome', [
  z.object({
    downloadId: id,
    outcome: z.literal('done'),
    bytes: count,
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** How many of several things could not be read. A text in the archive names them. */
    unread: count.optional(),
  }),
  z.object({ downloadId: id, outcome: z.literal('failed'), code: refusalCode, detail }),
])
export type DownloadEnd = z.output<typeof downloadEnd>
