/**
 * What is in the snapshots of a repository: questions and answers. The agent answers from its catalogue, so nothing here
 * starts a restic that reads a whole snapshot; where a snapshot is not in the catalogue yet, the answer says how far the
 * reading is, and the question is asked again.
 *
 * Paths are those of the snapshot: with slashes, `/` is the top (on Windows `/C/Users`). A page ends where `next` says;
 * it goes into the next question as `after`, unread.
 */
import { z } from 'zod'
import { at, count, detail, id, path, refusalCode } from './values.ts'

/** So many entries at most in a page, and never more bytes than half a message. */
export const SNAPSHOT_PAGE_MAX = 1_000

export const snapshotId = z.string().regex(/^[0-9a-f]{64}$/)
const name = z.string().min(1).max(1_024)
const cursor = z.string().max(200)
const page = { next: cursor.nullable() }

export const CHANGES = ['added', 'removed', 'changed'] as const

export const snapshotQueries = [
  /** Newest first. `planId`: only those that this plan made. */
  z.object({
    kind: z.literal('snapshots'),
    repositoryId: id,
    planId: id.nullable().optional(),
    after: cursor.nullable(),
  }),
  z.object({
    kind: z.literal('snapshotFolder'),
    repositoryId: id,
    snapshotId,
    folder: path,
    after: cursor.nullable(),
  }),
  /** Looks for `text` in the names of files and folders, in all snapshots of the repository. Case does not matter. */
  z.object({
    kind: z.literal('snapshotSearch'),
    repositoryId: id,
    text: z.string().min(1).max(200),
    after: cursor.nullable(),
  }),
  /** What became different below `folder` (null: everywhere) from the older snapshot to the newer one. */
  z.object({
    kind: z.literal('snapshotCompare'),
    repositoryId: id,
    older: snapshotId,
    newer: snapshotId,
    folder: path.nullable(),
    after: cursor.nullable(),
    /** Left out: all of them. */
    only: z.enum(CHANGES).optional(),
    /** Only where the path holds this, whatever its case. */
    text: z.string().min(1).max(200).optional(),
  }),
  /** The versions of one file, newest first: each with the first and the last snapshot that holds it. */
  z.object({ kind: z.literal('fileVersions'), repositoryId: id, path }),
] as const

/** A snapshot is being read into the catalogue. `entriesExpected` is what a former one held; null if nothing is known. */
export const reading = z.object({ entriesRead: count, entriesExpected: count.nullable() })
export type Reading = z.output<typeof reading>

export const snapshotEntry = z.object({
  id: snapshotId,
  takenAt: at,
  host: z.string().max(255),
  paths: z.array(path).max(20),
  /** There are more paths than those. */
  pathsMore: count,
  /** The plan that made it; null where that is not known. */
  planId: id.nullable(),
  /** Null while the snapshot is not in the catalogue. */
  files: count.nullable(),
  bytes: count.nullable(),
})
export type SnapshotEntry = z.output<typeof snapshotEntry>

export const snapshotsAnswer = z.object({
  kind: z.literal('snapshots'),
  /** When the repository was last asked. `code`: why it could not be asked again just now; the list is of then. */
  asOf: at,
  code: refusalCode.nullable(),
  detail,
  snapshots: z.array(snapshotEntry).max(SNAPSHOT_PAGE_MAX),
  ...page,
})
export type SnapshotsAnswer = z.output<typeof snapshotsAnswer>

export const entryKind = z.enum(['folder', 'file', 'link', 'other'])

export const folderEntry = z.object({
  name,
  kind: entryKind,
  /** Of a folder: all that lies below it. */
  sizeBytes: count.nullable(),
  /** Of a folder: how many files lie below it. */
  files: count.nullable(),
  modifiedAt: at.nullable(),
  /** The nine permission bits and the three above them, as a number; null where the system has none. */
  mode: z.number().int().min(0).max(0o7777).nullable(),
})
export type FolderEntry = z.output<typeof folderEntry>

export const snapshotFolderAnswer = z.object({
  kind: z.literal('snapshotFolder'),
  folder: path,
  /** Not null: the snapshot is being read, and `entries` is empty. Ask again in a moment. */
  reading: reading.nullable(),
  entries: z.array(folderEntry).max(SNAPSHOT_PAGE_MAX),
  ...page,
})
export type SnapshotFolderAnswer = z.output<typeof snapshotFolderAnswer>

const seenIn = z.object({ id: snapshotId, takenAt: at })

export const foundEntry = z.object({
  path,
  kind: entryKind,
  first: seenIn,
  last: seenIn,
  /** How many different ones there are, by size and time. */
  versions: count,
  /** Of the newest one. */
  sizeBytes: count.nullable(),
  modifiedAt: at.nullable(),
})
export type FoundEntry = z.output<typeof foundEntry>

export const snapshotSearchAnswer = z.object({
  kind: z.literal('snapshotSearch'),
  found: z.array(foundEntry).max(SNAPSHOT_PAGE_MAX),
  /** There are more than a person could look through: the text should say more. */
  tooMany: z.boolean(),
  /** How many of the repository's snapshots were looked through. The others are being read, one after the other. */
  snapshotsRead: count,
  snapshotsKnown: count,
  ...page,
})
export type SnapshotSearchAnswer = z.output<typeof snapshotSearchAnswer>

export const changeEntry = z.object({
  path,
  kind: entryKind,
  change: z.enum(CHANGES),
  /** Of a folder that was added or removed: all that lies below it, which is not listed one by one. */
  filesBefore: count,
  filesAfter: count,
  bytesBefore: count,
  bytesAfter: count,
  modifiedAt: at.nullable(),
})
export type ChangeEntry = z.output<typeof changeEntry>

export const snapshotCompareAnswer = z.object({
  kind: z.literal('snapshotCompare'),
  /** Not null: one of the two is being read. */
  reading: reading.nullable(),
  changes: z.array(changeEntry).max(SNAPSHOT_PAGE_MAX),
  ...page,
})
export type SnapshotCompareAnswer = z.output<typeof snapshotCompareAnswer>

export const fileVersionsAnswer = z.object({
  kind: z.literal('fileVersions'),
  versions: z
    .array(
      z.object({
        first: seenIn,
        last: seenIn,
        sizeBytes: count.nullable(),
        modifiedAt: at.nullable(),
        kind: entryKind,
      }),
    )
    .max(SNAPSHOT_PAGE_MAX),
  snapshotsRead: count,
  snapshotsKnown: count,
})
export type FileVersionsAnswer = z.output<typeof fileVersionsAnswer>
