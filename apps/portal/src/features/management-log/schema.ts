import { z } from 'zod'
import { id, page, searchText } from '#trpc/inputs.ts'

export const LOG_KINDS = ['attempt', 'link', 'command', 'change'] as const

/** Time ranges that move along with the clock, so that a shared view means the same tomorrow. */
export const LOG_WITHIN_HOURS = { '1h': 1, '24h': 24, '7d': 7 * 24, '30d': 30 * 24 } as const
export const logWithin = z.enum(['1h', '24h', '7d', '30d'])
export type LogWithin = z.output<typeof logWithin>

/** All parts that are given must hold. */
export const filterInput = z.object({
  serverId: id.nullish(),
  customerId: id.nullish(),
  /** All kinds when empty. */
  kinds: z.array(z.enum(LOG_KINDS)).max(LOG_KINDS.length).default([]),
  code: z.string().max(64).nullish(),
  within: logWithin.nullish(),
  /** Inclusive; an entry counts by when it last happened. */
  from: z.coerce.date().nullish(),
  /** Exclusive. */
  to: z.coerce.date().nullish(),
  /** Occurs in what the entry says: its title, names, detail or address. */
  text: searchText,
})

export const listInput = filterInput.extend(page)

/** The database keeps to the same bounds: less than a month would let an intruder wipe his traces. */
export const RETENTION_DAYS = { min: 30, max: 3_650 } as const
export const setRetentionInput = z.object({
  days: z.coerce
    .number('Give a number of days.')
    .int('Give whole days.')
    .min(RETENTION_DAYS.min, `Keep at least ${RETENTION_DAYS.min} days.`)
    .max(RETENTION_DAYS.max, `Keep at most ${RETENTION_DAYS.max} days.`),
})
