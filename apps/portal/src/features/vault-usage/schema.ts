import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const ofCustomerInput = z.object({ customerId: id })
export const setQuotaInput = z.object({
  customerId: id,
  /** Null: as much as there is room. */
  quotaBytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable(),
})
