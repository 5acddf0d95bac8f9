/**
 * What restic prints as JSON, one schema per kind of line. Fields that restic leaves out when they are zero have a
 * default, fields that only some versions know are optional, and unknown fields are ignored: restic promises to add
 * only.
 */
import { z } from 'zod'

const count = z.number().min(0).default(0)

/** stdout of `backup --json`, about once a second. */
export const statusMessage = z.object({
  message_type: z.literal('status'),
  seconds_remaining: count,
  total_files: count,
  files_done: count,
  total_bytes: count,
  bytes_done: count,
  current_files: z.array(z.string()).default([]),
})
export type StatusMessage = z.output<typeof statusMessage>

/** stdout of `backup --json`, the last line. The id is short up to 0.14, whole since. */
export const summaryMessage = z.object({
  message_type: z.literal('summary'),
  files_new: count,
  files_changed: count,
  files_unmodified: count,
  dirs_new: count,
  dirs_changed: count,
  dirs_unmodified: count,
  data_added: count,
  total_bytes_processed: count,
  total_duration: count,
  snapshot_id: z.string().optional(),
})
export type SummaryMessage = z.output<typeof summaryMessage>

/** stderr, one file or folder. Up to 0.17.0 the error itself is an inner structure of restic, often empty. */
export const itemErrorMessage = z.object({
  message_type: z.literal('error'),
  during: z.string(),
  item: z.string().min(1),
})

/** stderr since 0.17: the last line, if restic failed. */
export const exitErrorMessage = z.object({ message_type: z.literal('exit_error'), message: z.string() })

/** stderr of newer versions: a warning about no file in particular. */
export const warningMessage = z.object({
  message_type: z.literal('error'),
  error: z.object({ message: z.string() }),
})

export const configDocument = z.object({ id: z.string() })

const snapshot = z.object({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  time: z.coerce.date(),
  hostname: z.string().default(''),
  username: z.string().default(''),
  paths: z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
})
export const snapshotsDocument = z.array(snapshot)

/** stdout of `forget --json`: one entry a group. Lists without an element are null. */
const listed = z.array(z.object({ id: z.string().regex(/^[0-9a-f]{64}$/) })).nullish()
export const forgetDocument = z.array(z.object({ keep: listed, remove: listed }))

/** The first line of `ls --json`; missing if there is no such snapshot. */
export const listedSnapshot = z.object({ struct_type: z.literal('snapshot') })

export const listedNode = z.object({
  struct_type: z.literal('node'),
  name: z.string(),
  path: z.string(),
  type: z.string(),
  size: z.number().min(0).optional(),
  mtime: z.coerce.date().optional(),
})

export const lockDocument = z.object({
  time: z.coerce.date(),
  exclusive: z.boolean().default(false),
  hostname: z.string().default(''),
  username: z.string().default(''),
  pid: z.number().int(),
})

/** Null for a line that is not JSON: restic mixes plain text in, more or less of it by version. */
export function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
