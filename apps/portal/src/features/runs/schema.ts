import { z } from 'zod'
import { id, page } from '#trpc/inputs.ts'

export const startInput = z.object({ planId: id })
export const cancelInput = z.object({ runId: id })
export const listInput = z.object({ serverId: id, ...page })
export const getInput = z.object({ runId: id })
