/** The way back onto a server's disk: what is wanted, how far it is, and what came of it. */
import { z } from 'zod'
import { repositoryPlace } from '../repository-place.ts'
import { sealed } from '../sealing.ts'
import { snapshotId } from './snapshots.ts'
import { at, count, detail, id, path, refusalCode } from './values.ts'

export const CONFLICT_RULES = ['keepExisting', 'replace', 'keepBoth'] as const

/**
 * `restore` is one command, and its id names the restore from then on.
 *
 * `paths`: files and folders of the snapshot, with slashes; a folder means all that lies below it.
 * `target` `original`: everything goes back to where it was. `folder`: what was chosen is laid out below that folder,
 * without the part of the path that all of it has in common.
 * `conflict`: what becomes of a file that is there already and is not the same. `keepExisting` leaves it, `replace` puts
 * the restored one in its place, `keepBoth` gives the restored one a name with the snapshot's time in it. Nothing is ever
 * removed that the snapshot does not hold.
 * `dryRun`: nothing is changed; the report says what would be.
 */
export const restoreBody = z.object({
  kind: z.literal('restore'),
  repositoryId: id,
  snapshotId,
  paths: z.array(path).min(1).max(500),
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('original') }),
    z.object({ kind: z.literal('folder'), folder: path }),
  ]),
  conflict: z.enum(CONFLICT_RULES),
  dryRun: z.boolean(),
})
export type RestoreBody = z.output<typeof restoreBody>
export type ConflictRule = RestoreBody['conflict']

/** Ends a restore. What it has put into place stays, and a new restore of the same thing goes on from there. */
export const cancelRestoreBody = z.object({ kind: z.literal('cancelRestore'), restoreId: id })

/**
 * Lets this server read the repository of another one, to restore from it; nothing is ever written to it. `sealed` is
 * what opens it, in the words of repository-key.ts, sealed to this agent's own recipient.
 */
export const openRepositoryBody = z.object({
  kind: z.literal('openRepository'),
  repositoryId: id,
  name: z.string().min(1).max(200),
  place: repositoryPlace,
  sealed,
})
/** Forgets a repository that was opened so, with its key. One of this server's own is never closed. */
export const closeRepositoryBody = z.object({ kind: z.literal('closeRepository'), repositoryId: id })

export const restoreProgress = z.object({
  /** The id of the command. */
  restoreId: id,
  phase: z.enum(['reading', 'fetching', 'placing']),
  filesDone: count,
  filesTotal: count.nullable(),
  bytesDone: count,
  bytesTotal: count.nullable(),
  currentFile: z.string().max(4_096),
})
export type RestoreProgress = z.output<typeof restoreProgress>

export const RESTORE_ACTIONS = ['created', 'replaced', 'kept', 'keptBoth', 'failed'] as const

/** What became (or, in a dry run, would become) of a file. A file that is there already and is the same is not said. */
export const restoredItem = z.object({
  /** Where it is now, on the server. */
  path,
  action: z.enum(RESTORE_ACTIONS),
  bytes: count,
})
export type RestoredItem = z.output<typeof restoredItem>

export const restoreCounts = z.object({
  /** All that was chosen, as the snapshot holds it. */
  files: count,
  bytes: count,
  created: count,
  replaced: count,
  /** Something else was there, and was left. */
  kept: count,
  keptBoth: count,
  /** It was there already, the same. */
  same: count,
  failed: count,
})
export type RestoreCounts = z.output<typeof restoreCounts>

export const restoreFinished = z.object({
  type: z.literal('restoreFinished'),
  /** The id of the command. */
  restoreId: id,
  repositoryId: id,
  snapshotId,
  dryRun: z.boolean(),
  /** `warning`: done, but some of it could not be. `unknown`: the agent went down meanwhile. */
  outcome: z.enum(['succeeded', 'warning', 'failed', 'cancelled', 'unknown']),
  startedAt: at,
  finishedAt: at,
  seconds: z.number().min(0).max(Number.MAX_SAFE_INTEGER),
  counts: restoreCounts.nullable(),
  /** The first of what was done, failures first. */
  items: z.array(restoredItem).max(100),
  code: refusalCode.nullable(),
  detail,
})
export type RestoreFinished = z.output<typeof restoreFinished>
