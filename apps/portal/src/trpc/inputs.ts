/** Parts that the inputs of many procedures share. Free of anything that a browser could not run: forms use them too. */
import { z } from 'zod'

export const id = z.uuid()

/** A name that people give and read. White space at its ends is a slip; characters that show nothing are refused. */
export const title = z
  .string()
  .trim()
  .min(1, 'Give it a name.')
  .max(200, 'Use at most 200 characters.')
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'Leave out characters that cannot be seen.')

/** Words to search for. What no row can hold is left out. */
export const searchText = z
  .string()
  .trim()
  .max(200)
  .default('')
  .transform((text) => text.replaceAll('\0', '').toWellFormed())

/** The first items, or those after a cursor that an earlier page gave as `nextCursor`. */
export const page = {
  cursor: z.string().max(200).nullish(),
  limit: z.number().int().min(1).max(200).default(50),
} as const

export type Page<Item> = { readonly items: readonly Item[]; readonly nextCursor: string | null }

/** A page of rows that were read one beyond the limit: that one tells whether there is more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => string,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? cursorOf(last) : null
  return { items: shown.map(toItem), nextCursor }
}

const timeAndId = z.tuple([z.coerce.date(), z.uuid()])

/** A cursor into a list that is sorted by a time, newest first, and then by id. */
export function timeCursor(at: Date, rowId: string): string {
  return `${at.toISOString()}_${rowId}`
}

/** Null for a cursor that none of our pages gave. */
export function readTimeCursor(cursor: string): { at: Date; id: string } | null {
  const parsed = timeAndId.safeParse(cursor.split('_'))
  return parsed.success ? { at: parsed.data[0], id: parsed.data[1] } : null
}
