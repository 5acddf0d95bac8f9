import { z } from 'zod'
import { backsUpSomething, NOTHING_CHOSEN, planSettings } from '#plans/settings.ts'
import { id } from '#trpc/inputs.ts'

export const listInput = z.object({ serverId: id })
export const getInput = z.object({ planId: id })

/** Without `existing` a plan is added. `revision` is the one that the person was looking at. */
export const saveInput = z
  .object({
    serverId: id,
    existing: z.object({ planId: id, revision: z.number().int().min(1) }).nullable(),
    ...planSettings,
    repositoryId: id,
  })
  .refine(backsUpSomething, NOTHING_CHOSEN)
export const removeInput = z.object({ planId: id })
export const pauseInput = z.object({ planId: id, isPaused: z.boolean() })
