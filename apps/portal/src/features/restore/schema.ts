import { CHANGES, CONFLICT_RULES, DOWNLOAD } from '@holdfast/protocol'
import { sealed } from '@holdfast/protocol/sealing'
import { z } from 'zod'
import { id, page } from '#trpc/inputs.ts'
import { serverPath } from '#trpc/server-path.ts'

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

/** `dryRun`: nothing is changed; the result says what would be. */
export const startInput = z.object({
  ...inRepository,
  snapshotId,
  paths: z.array(snapshotPath).min(1).max(500),
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('original') }),
    z.object({ kind: z.literal('folder'), folder: serverPath }),
  ]),
  conflict: z.enum(CONFLICT_RULES),
  dryRun: z.boolean(),
})

export const restoreIdInput = z.object({ restoreId: id })

export const listInput = z.object({ serverId: id, ...page })

/** Of one server, or of all that the person may see. */
export const runningInput = z.object({ serverId: id.optional() })

export const othersInput = z.object({ serverId: id })

/** `sealed` is ciphertext, to the agent of that server. There is no field for what opens a repository. */
export const openRepositoryInput = z.strictObject({ ...inRepository, sealed })

export const closeRepositoryInput = z.object(inRepository)

/** One file comes as it is; a folder, or several things, as an archive. */
export const downloadInput = z.object({
  ...inRepository,
  snapshotId,
  paths: z.array(snapshotPath).min(1).max(DOWNLOAD.pathsMax),
  format: z.enum(['file', 'zip']),
})

export const compareInput = z.object({
  ...inRepository,
  older: snapshotId,
  newer: snapshotId,
  folder: snapshotPath.nullable(),
  only: z.enum(CHANGES).optional(),
  text: z.string().trim().max(200).optional(),
  cursor,
})
