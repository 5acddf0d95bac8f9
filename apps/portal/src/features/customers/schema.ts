import { namePart } from '@holdfast/protocol'
import { z } from 'zod'
import { id, page, searchText, title } from '#trpc/inputs.ts'
import { timeZone } from '#trpc/time-zone.ts'

export const listInput = z.object({ ...page, text: searchText })
export const getInput = z.object({ customerId: id })

/** A customer comes with its first site, because a server stands somewhere. */
export const createInput = z.object({
  name: title,
  /** The first half of its servers' names. */
  handle: namePart,
  siteName: title.default('Head office'),
  timeZone,
})
export const renameInput = z.object({ customerId: id, name: title })
