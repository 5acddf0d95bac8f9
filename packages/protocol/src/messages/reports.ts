/** Facts that an agent reports, in order and at least once, until the portal has them for good. */
import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { RUN_REASONS } from '../schedule/schema.ts'
import { recipient, sealed } from '../sealing.ts'
import { drillFinished, manifestFacts, unsampled } from './drills.ts'
import { offerName } from './offers.ts'
import { plansHeld } from './plans.ts'
import { restoreFinished } from './restore.ts'
import { at, count, detail, id, path, refusalCode } from './values.ts'

export const runCounts = z.object({
  filesNew: count,
  filesChanged: count,
  filesUnmodified: count,
  bytesProcessed: count,
  bytesAdded: count,
  /** What would have been in the snapshot but for its age; left out where the plan has no limit by age. */
  filesTooOld: count.optional(),
  bytesTooOld: count.optional(),
  filesUnreadable: count,
  unreadablePaths: z.array(path).max(20),
})
export type RunCounts = z.output<typeof runCounts>

/** What became of a plan's retention after a backup. A code: why it was not applied, or not to its end. */
export const tidied = z.object({
  snapshotsRemoved: count,
  snapshotsKept: count,
  /** Null when the space was not given back this time: that is done now and then. */
  bytesFreed: count.nullable(),
  code: refusalCode.nullable(),
  detail,
})
export type Tidied = z.output<typeof tidied>

/** One database or command of a run, dumped before the backup proper. A code: it is not in the snapshot. */
export const dumped = z.object({
  kind: z.enum(['database', 'command']),
  name: offerName,
  sizeBytes: count,
  durationMs: count,
  /** Of the program that dumped it; null where none was begun, or where it was killed. */
  exitCode: z.number().int().nullable(),
  code: refusalCode.nullable(),
  detail: z.string().max(LIMITS.outputCharsMax),
})
export type Dumped = z.output<typeof dumped>

/** One hook that was run, before or after the backup. A code: it failed. */
export const hooked = z.object({
  when: z.enum(['before', 'after']),
  name: offerName,
  durationMs: count,
  exitCode: z.number().int().nullable(),
  code: refusalCode.nullable(),
  detail: z.string().max(LIMITS.outputCharsMax),
})
export type Hooked = z.output<typeof hooked>

/** What came of reading back a part of the repository. A code: what was wrong with it, or why it could not be read. */
export const verified = z.object({
  part: z.number().int().min(1).max(100),
  parts: z.number().int().min(1).max(100),
  durationMs: count,
  code: refusalCode.nullable(),
  detail,
})
export type Verified = z.output<typeof verified>

export const fact = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('commandChanged'),
    commandId: id,
    state: z.enum(['running', 'succeeded', 'failed', 'refused', 'unknown']),
    code: refusalCode.nullable(),
    detail,
  }),
  z.object({
    type: z.literal('runStarted'),
    runId: id,
    planId: id,
    planRevision: z.number().int().min(1),
    repositoryId: id,
    commandId: id.nullable(),
    startedAt: at,
    /** Left out by agents that have no schedules: somebody asked. A newer one may know more reasons. */
    why: z.enum(RUN_REASONS).optional().catch(undefined),
  }),
  z.object({
    type: z.literal('runFinished'),
    runId: id,
    outcome: z.enum(['succeeded', 'warning', 'failed', 'cancelled', 'unknown']),
    finishedAt: at,
    snapshotId: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    counts: runCounts.nullable(),
    code: refusalCode.nullable(),
    detail,
    /** Left out where nothing was to be removed. */
    tidied: tidied.optional(),
    /** Left out where the plan names none. */
    dumps: z
      .array(dumped)
      .max(2 * LIMITS.offersMax)
      .optional(),
    hooks: z
      .array(hooked)
      .max(2 * LIMITS.hooksMax)
      .optional(),
    /** What was hashed at the source after this backup, for drills. Left out where no drill is wanted. */
    manifest: manifestFacts.optional(),
    /** Why there is none, where drills are wanted. */
    unsampled: unsampled.optional(),
    /** Left out where nothing was to be verified this time. */
    verified: verified.optional(),
  }),
  z.object({ type: z.literal('plansHeld'), held: plansHeld.shape.held }),
  z.object({
    type: z.literal('recoveryHeld'),
    /** To whom the keys of this portal's repositories are sealed. Another one that was wanted waits for a person. */
    recipient,
  }),
  z.object({
    type: z.literal('repositorySealed'),
    repositoryId: id,
    recipient,
    /** `repositoryKeyText` (repository-key.ts), sealed. */
    sealed,
  }),
  z.object({
    type: z.literal('repositoryChanged'),
    repositoryId: id,
    state: z.enum(['ready', 'failed']),
    code: refusalCode.nullable(),
    detail,
    /** When what opens its place was last set; null where nothing was. Agents before version 6 leave it out. */
    credentialsAt: at.nullable().optional(),
  }),
  restoreFinished,
  drillFinished,
])
export type Fact = z.output<typeof fact>

export const report = z.object({ sequence: z.number().int().min(1), at, fact })
export type Report = z.output<typeof report>

/** `journalId` names the agent's state file: a new one starts its sequence again at 1. */
export const reports = z.object({
  journalId: id,
  reports: z.array(report).min(1).max(LIMITS.reportsPerBatchMax),
})
export const reportsReceipt = z.object({
  appliedThrough: z.number().int().min(0),
  /** The portal takes no more at this pace. What was sent stays in the outbox until then. */
  refused: z.object({ code: refusalCode, retryAfterMs: z.number().int().min(0).max(3_600_000) }).optional(),
})
