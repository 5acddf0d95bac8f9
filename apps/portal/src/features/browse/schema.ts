import { z } from 'zod'
import { id } from '#trpc/inputs.ts'
import { serverPath } from '#trpc/server-path.ts'

/** `folder: null` asks for the roots; `cursor` is the last name of the page before. */
export const folderInput = z.object({
  serverId: id,
  folder: serverPath.nullable(),
  cursor: z.string().max(1_024).nullish(),
})
