import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const listInput = z.object({ serverId: id })
