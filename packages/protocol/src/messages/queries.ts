/** Questions that an agent answers at once, and that change nothing. */
import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { at, count, detail, path, refusalCode } from './values.ts'

export const query = z.discriminatedUnion('kind', [
  /** `folder: null` asks for the roots: `/`, or the drives. `after` is the last name of the page before. */
  z.object({ kind: z.literal('browse'), folder: path.nullable(), after: z.string().max(1_024).nullable() }),
])
export type Query = z.output<typeof query>

export const browseEntry = z.object({
  name: z.string().min(1).max(1_024),
  path,
  kind: z.enum(['folder', 'file', 'link', 'other']),
  sizeBytes: count.nullable(),
  modifiedAt: at.nullable(),
})
export type BrowseEntry = z.output<typeof browseEntry>

export const browseAnswer = z.object({
  folder: path.nullable(),
  entries: z.array(browseEntry).max(LIMITS.browseEntriesMax),
  /** There is more after the last entry. */
  more: z.boolean(),
})
export type BrowseAnswer = z.output<typeof browseAnswer>

export const queryAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('answered'), answer: browseAnswer }),
  z.object({ outcome: z.literal('refused'), code: refusalCode, detail }),
])
export type QueryAnswer = z.output<typeof queryAnswer>
