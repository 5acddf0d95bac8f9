import { z } from 'zod'

export const notProtectedInput = z.object({
  cursor: z.number().int().min(0).max(1_000_000).nullish(),
  limit: z.number().int().min(1).max(200).default(100),
})
