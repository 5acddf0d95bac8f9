import { z } from 'zod'
import { id, page, searchText } from '#trpc/inputs.ts'

export const LOG_KINDS = ['attempt', 'link', 'command', 'change'] as const

export const listInput = z.object({
  ...page,
  serverId: id.nullish(),
  customerId: id.nullish(),
  /** All kinds when empty. */
  kinds: z.array(z.enum(LOG_KINDS)).max(LOG_KINDS.length).default([]),
  code: z.string().max(64).nullish(),
  /** Occurs in what the entry says: its title, names, detail or address. */
  text: searchText,
})
