import { z } from 'zod'
import { id } from '#trpc/inputs.ts'

export const getInput = z.object({ siteId: id })
