import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const listInput = z.object({ serverId: id })
export const startInput = z.object({ planId: id })
/** The key that signed this drill is meant. */
export const trustKeyInput = z.object({ drillId: id })
