import { z } from 'zod'
import { id, title } from '#trpc/inputs.ts'
import { timeZone } from '#trpc/time-zone.ts'

export const listInput = z.object({ customerId: id })
export const createInput = z.object({ customerId: id, name: title, timeZone })
export const renameInput = z.object({ siteId: id, name: title })
