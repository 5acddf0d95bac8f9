import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const listInput = z.object({ serverId: id })
/** `instance` is the copy's installation. */
export const decideInput = z.object({ serverId: id, instance: z.uuid() })
export const splitInput = decideInput.extend({ newServerId: id })
