import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const presenceInput = z.object({ serverId: id })
