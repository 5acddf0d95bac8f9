import { placeHost, repositoryPlace } from '@holdfast/protocol'
import { sealed } from '@holdfast/protocol/sealing'
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
/** What opens the place is sealed to the agent in the browser: the portal passes on what it cannot read. */
export const createInput = z.object({ serverId: id, name: title, place, credentials: sealed.optional() })
export const agentInput = z.object({ serverId: id })
export const setCredentialsInput = z.object({ repositoryId: id, credentials: sealed })
export const testInput = z.object({ repositoryId: id })
export const sshKeysInput = z.object({
  serverId: id,
  host: placeHost,
  port: z.number().int().min(1).max(65_535),
})
