import { z } from 'zod'
import { backsUpSomething, NOTHING_CHOSEN, planSettings } from '#plans/settings.ts'
import { id } from '#trpc/inputs.ts'

export const SERVERS_MAX = 500

/** Where a server's snapshots go: said by kind, because each server has repositories of its own. */
export const templateTarget = z.discriminatedUnion('kind', [
  /** The oldest of the server's repositories that is ready. */
  z.object({ kind: z.literal('first') }),
  /** The one in this vault; a server that has none there gets one, if the template says so. */
  z.object({ kind: z.literal('vault'), vaultId: id, make: z.boolean() }),
])
export type TemplateTarget = z.output<typeof templateTarget>

/** Without `existing` a template is added. A customer's is for that customer's servers only; null: for all. */
export const saveInput = z
  .object({
    existing: z.object({ templateId: id, revision: z.number().int().min(1) }).nullable(),
    customerId: id.nullable(),
    ...planSettings,
    target: templateTarget,
  })
  .refine(backsUpSomething, NOTHING_CHOSEN)
export const templateInput = z.object({ templateId: id })

const serverIds = z
  .array(id)
  .min(1, 'Choose at least one server.')
  .max(SERVERS_MAX, `Choose at most ${SERVERS_MAX} servers at once.`)
  .transform((ids) => [...new Set(ids)].sort())
export const previewInput = z.object({ templateId: id, serverIds })
/** `digest` is of the preview that the person has seen. */
export const assignInput = z.object({ templateId: id, serverIds, digest: z.string().min(1).max(100) })
/** Each as the person has seen it. `fate`: whether the plans stay as plans of their own, or go. */
export const unassignInput = z.object({
  templateId: id,
  plans: z
    .array(z.object({ planId: id, revision: z.number().int().min(1) }))
    .min(1)
    .max(SERVERS_MAX),
  fate: z.enum(['stay', 'go']),
})
export const undoInput = z.object({ applicationId: id })
