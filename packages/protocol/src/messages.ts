/**
 * Everything that travels over a proven link, in both directions. Each message has a direction in its name, a zod
 * schema here, and an event name on the wire that is the same as its key below. Texts are bounded, because each end
 * treats the other as hostile. Schemas strip keys they do not know, so that a newer peer may add some.
 *
 *   agentToPortal   reports   facts, in order, at least once; acknowledged when durable
 *                   progress  live only; may be lost
 *                   machine   what the agent knows of its machine, whenever that changes
 *   portalToAgent   plans     wanted state, whole; acknowledged when durable
 *                   command   acknowledged when journalled; an id is never executed twice
 *                   query     answered at once; changes nothing
 *                   goodbye   the portal goes away in an orderly way, and says when to come back
 */
import { z } from 'zod'
import { LIMITS } from './limits.ts'
import { isRefusalCode, type RefusalCode } from './refusals.ts'
import { RUN_REASONS, schedule } from './schedule/schema.ts'

const id = z.uuid()
const at = z.iso.datetime()
const path = z.string().min(1).max(4_096)
const detail = z.string().max(2_000)
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A code from the closed list. A newer peer may know codes that we do not: those are read as `malformed_message`. */
export const refusalCode = z
  .string()
  .max(64)
  .transform((text): RefusalCode => (isRefusalCode(text) ? text : 'malformed_message'))

// ── Plans ────────────────────────────────────────────────────────────────────────────────────────────────────────

const kept = z.number().int().min(0).max(10_000)

/** Which snapshots of a plan stay. Those that no rule keeps are removed; where all are 0, everything stays. */
export const retention = z.object({
  /** The newest ones. */
  last: kept,
  /** Of so many hours, days, weeks, months, years that have one: the newest. */
  hourly: kept,
  daily: kept,
  weekly: kept,
  monthly: kept,
  yearly: kept,
  /** All that are younger than the newest one by so many days. */
  withinDays: kept,
})
export type Retention = z.output<typeof retention>

export function keepsEverything(rules: Retention): boolean {
  return Object.values(rules).every((count) => count === 0)
}

export const plan = z.object({
  id,
  revision: z.number().int().min(1),
  name: z.string().min(1).max(200),
  repositoryId: id,
  sources: z.array(path).min(1).max(1_000),
  /** Null or left out: it runs only when somebody asks. Wants the capability `schedule`. */
  schedule: schedule.nullable().optional(),
  /** Null or left out: every snapshot stays. Wants the capability `retention`. */
  retention: retention.nullable().optional(),
})
export type Plan = z.output<typeof plan>

export const plans = z.object({ plans: z.array(plan).max(1_000) })
export const plansHeld = z.object({
  held: z.array(z.object({ planId: id, revision: z.number().int().min(1) })).max(1_000),
  /** Why what is held is not what was wanted. Agents before version 5 do not say. */
  refused: z.object({ code: refusalCode, detail }).optional(),
})
/** What an agent answers to wanted plans. */
export type PlansReceipt = z.input<typeof plansHeld>

// ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────

export const commandBody = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('createRepository'),
    repositoryId: id,
    name: z.string().min(1).max(200),
    folder: path,
  }),
  z.object({ kind: z.literal('startRun'), planId: id, revision: z.number().int().min(1) }),
  z.object({ kind: z.literal('cancelRun'), runId: id }),
])
export type CommandBody = z.output<typeof commandBody>
export type CommandKind = CommandBody['kind']

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

// ── Queries ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const query = z.discriminatedUnion('kind', [
  /** `folder: null` asks for the roots: `/`, or the drives. `after` is the last name of the page before. */
  z.object({ kind: z.literal('browse'), folder: path.nullable(), after: z.string().max(1_024).nullable() }),
])
export type Query = z.output<typeof query>

export const browseEntry = z.object({
  name: z.string().min(1).max(1_024),
  path,
  kind: z.enum(['folder', 'file', 'link', 'other']),
  sizeBytes: count.nullable(),
  modifiedAt: at.nullable(),
})
export type BrowseEntry = z.output<typeof browseEntry>

export const browseAnswer = z.object({
  folder: path.nullable(),
  entries: z.array(browseEntry).max(LIMITS.browseEntriesMax),
  /** There is more after the last entry. */
  more: z.boolean(),
})
export type BrowseAnswer = z.output<typeof browseAnswer>

export const queryAnswer = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('answered'), answer: browseAnswer }),
  z.object({ outcome: z.literal('refused'), code: refusalCode, detail }),
])
export type QueryAnswer = z.output<typeof queryAnswer>

// ── Reports ──────────────────────────────────────────────────────────────────────────────────────────────────────

export const runCounts = z.object({
  filesNew: count,
  filesChanged: count,
  filesUnmodified: count,
  bytesProcessed: count,
  bytesAdded: count,
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
  }),
  z.object({ type: z.literal('plansHeld'), held: plansHeld.shape.held }),
  z.object({
    type: z.literal('repositoryChanged'),
    repositoryId: id,
    state: z.enum(['ready', 'failed']),
    code: refusalCode.nullable(),
    detail,
  }),
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

export const progress = z.object({
  runId: id,
  phase: z.enum(['scanning', 'uploading']),
  filesDone: count,
  filesTotal: count.nullable(),
  bytesDone: count,
  bytesTotal: count.nullable(),
  bytesPerSecond: count,
  secondsLeft: count.nullable(),
  currentFile: z.string().max(4_096),
})
export type Progress = z.output<typeof progress>

export const machine = z.object({
  hostname: z.string().max(255),
  /** For example `linux x64, Debian GNU/Linux 12`. */
  platform: z.string().max(200),
  agentVersion: z.string().max(64),
  resticVersion: z.string().max(64).nullable(),
  /** Notices that hold now and that only the agent can see, such as `restic_missing`. */
  notices: z.array(refusalCode).max(32),
})
export type Machine = z.output<typeof machine>

export const goodbye = z.object({ code: refusalCode, comeBackInMs: z.number().int().min(0).max(3_600_000) })

export const agentToPortal = { reports, progress, machine } as const
export const portalToAgent = { plans, command, query, goodbye } as const

/** Event names as they stand on the wire. */
export const WIRE = {
  handshake: 'handshake',
  agentToPortal: {
    reports: 'agentToPortal.reports',
    progress: 'agentToPortal.progress',
    machine: 'agentToPortal.machine',
  },
  portalToAgent: {
    plans: 'portalToAgent.plans',
    command: 'portalToAgent.command',
    query: 'portalToAgent.query',
    goodbye: 'portalToAgent.goodbye',
  },
} as const
