import { repositoryPlace } from '@holdfast/protocol'
import { z } from 'zod'
import { id, title } from '#trpc/inputs.ts'
import { serverPath } from '#trpc/server-path.ts'

/** A folder is looked at more closely than on the wire, so that a person who mistypes it is told. */
const [, ...elsewhere] = repositoryPlace.options
const place = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), folder: serverPath, mount: serverPath.optional() }),
  ...elsewhere,
])

export const listInput = z.object({ serverId: id })
export const createInput = z.object({ serverId: id, name: title, place })
