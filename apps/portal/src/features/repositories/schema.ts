import { z } from 'zod'
import { id, title } from '#trpc/inputs.ts'
import { serverPath } from '#trpc/server-path.ts'

export const listInput = z.object({ serverId: id })
export const createInput = z.object({ serverId: id, name: title, folder: serverPath })
