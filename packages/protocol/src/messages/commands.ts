/** What an agent is told to do, once: journalled before it is acknowledged, and an id is never executed twice. */
import { z } from 'zod'
import { type RepositoryPlace, repositoryPlace } from '../repository-place.ts'
import { sealed } from '../sealing.ts'
import { cancelRestoreBody, closeRepositoryBody, openRepositoryBody, restoreBody } from './restore.ts'
import { detail, id, path, refusalCode } from './values.ts'

export const commandBody = z.discriminatedUnion('kind', [
  z
    .object({
      kind: z.literal('createRepository'),
      repositoryId: id,
      name: z.string().min(1).max(200),
      /** Any place but a folder wants the capability `repository.places`. */
      place: repositoryPlace.optional(),
      /** All that ends before version 6 know: a folder stands here as well. */
      folder: path.optional(),
      /** What opens the place: `credentialsText`, sealed to the agent. */
      credentials: sealed.optional(),
    })
    .refine((body) => body.place !== undefined || body.folder !== undefined),
  /** Both want `repository.places`. Testing writes, reads, compares and deletes something small. */
  z.object({ kind: z.literal('setCredentials'), repositoryId: id, credentials: sealed }),
  z.object({ kind: z.literal('testRepository'), repositoryId: id }),
  z.object({ kind: z.literal('startRun'), planId: id, revision: z.number().int().min(1) }),
  z.object({ kind: z.literal('cancelRun'), runId: id }),
  /** Wants `drill.now`. What came of it is reported as `drillFinished`, like a drill that came by itself. */
  z.object({ kind: z.literal('startDrill'), planId: id }),
  restoreBody,
  cancelRestoreBody,
  openRepositoryBody,
  closeRepositoryBody,
])
export type CommandBody = z.output<typeof commandBody>
export type CommandKind = CommandBody['kind']

/** Where the repository is wanted, whatever version says so. */
export function placeIn(body: Extract<CommandBody, { kind: 'createRepository' }>): RepositoryPlace {
  return body.place ?? { kind: 'folder', folder: body.folder ?? '' }
}

export const command = z.object({
  id,
  body: commandBody,
  /** Who asked, and why, for the log at the site. */
  by: z.string().max(200),
  reason: z.string().max(500),
  /** How long the portal still stands by it, counted from delivery: the two clocks need not agree. */
  expiresInMs: z.number().int().min(0),
})
export type Command = z.output<typeof command>

/** What the agent answers once the command is in its journal (or was refused, which is journalled as well). */
export const commandReceipt = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted') }),
  z.object({ outcome: z.literal('refused'), code: refusalCode, detail }),
])
export type CommandReceipt = z.output<typeof commandReceipt>
