/**
 * Restore drills: now and then an agent restores some files of a plan's newest snapshot to a scratch folder, and compares
 * them with what it hashed at the source right after that backup.
 *
 *   backup ──► sample of the source, hashed: the manifest. It stays on the agent; its digest travels with the run's end
 *   drill  ──► the same files, restored from the repository and hashed ──► `drillFinished`, signed by the agent's key
 *
 * So neither a damaged repository nor a restore that only says that it went well passes, and nobody can say afterwards
 * what should have come out.
 */
import { z } from 'zod'
import { at, count, detail, id, path, refusalCode } from './values.ts'

export const drillWish = z.object({
  everyDays: z.number().int().min(1).max(366),
  /** How many files are compared at most. */
  filesMax: z.number().int().min(1).max(1_000),
})
export type DrillWish = z.output<typeof drillWish>

export const WEEKLY_DRILL: DrillWish = { everyDays: 7, filesMax: 50 }

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** What was hashed at the source after a backup; `digest` is over every path, size and hash. */
export const manifestFacts = z.object({ digest: sha256, files: count, bytes: count })
export type ManifestFacts = z.output<typeof manifestFacts>

/** Why nothing was hashed after a backup whose plan wants drills: no drill can try it. */
export const unsampled = z.object({ code: refusalCode, detail })
export type Unsampled = z.output<typeof unsampled>

export const drillFinished = z.object({
  type: z.literal('drillFinished'),
  drillId: id,
  planId: id,
  repositoryId: id,
  snapshotId: sha256,
  startedAt: at,
  finishedAt: at,
  outcome: z.enum(['passed', 'failed']),
  /** How many were to be restored, how many of them did not come back as they were, and how much came back. */
  files: count,
  filesWrong: count,
  bytes: count,
  /** The first of them. */
  wrongPaths: z.array(path).max(20),
  /** Of the manifest that it was compared with. */
  manifest: sha256,
  /** Why it failed as a whole, where it did. */
  code: refusalCode.nullable(),
  detail,
  /** The agent's Ed25519 key, and its signature over `drillText` (drill-proof.ts). */
  key: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})
export type DrillFinished = z.output<typeof drillFinished>
