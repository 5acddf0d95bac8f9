import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const snapshotId = z.string().regex(/^[0-9a-f]{64}$/)
const cursor = z.string().max(200).nullish()

/** A path within a snapshot: with slashes, from `/`. */
export const snapshotPath = z
  .string()
  .max(4_096)
  .regex(/^\//)
  .refine((path) => !path.includes('\0') && path.isWellFormed())

export const snapshotsInput = z.object({ serverId: id })

const inRepository = { serverId: id, repositoryId: id }

/** `cursor` is the `nextCursor` of the page before. */
export const folderInput = z.object({ ...inRepository, snapshotId, folder: snapshotPath, cursor })

export const searchInput = z.object({ serverId: id, text: z.string().trim().min(1).max(200) })

export const versionsInput = z.object({ ...inRepository, path: snapshotPath })

/** A folder comes as an archive. */
export const downloadInput = z.object({
  ...inRepository,
  snapshotId,
  path: snapshotPath,
  format: z.enum(['file', 'zip']),
})

export const compareInput = z.object({
  ...inRepository,
  older: snapshotId,
  newer: snapshotId,
  folder: snapshotPath.nullable(),
  cursor,
})
