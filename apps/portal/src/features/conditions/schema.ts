/** Free of anything that a browser could not run: forms use it too. */
import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const severities = ['critical', 'warning', 'notice'] as const
/** `open`: wants attention; `known`: open, and somebody knows of it; `cleared`: over. */
export const conditionStates = ['open', 'known', 'cleared'] as const

export const listInput = z.object({
  state: z.enum(conditionStates).default('open'),
  serverId: id.optional(),
  customerId: id.optional(),
  severity: z.enum(severities).optional(),
  /** How many to leave out: the order changes as conditions come and go. */
  cursor: z.number().int().min(0).max(1_000_000).nullish(),
  limit: z.number().int().min(1).max(200).default(100),
})

export const KNOWN_DAYS_MAX = 365
export const setKnownInput = z.object({
  conditionId: id,
  /** For so many days; 0 takes it back. */
  days: z.number().int().min(0).max(KNOWN_DAYS_MAX),
  note: z.string().trim().max(500).default(''),
})
