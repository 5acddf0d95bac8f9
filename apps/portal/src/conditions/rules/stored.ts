/**
 * What lies in repositories, whatever their servers say: a vault counts for itself.
 *
 *   count ─── run: "3 GiB added" ─── count      the second must be more than the first
 *   count ─── nobody pruned ──────── count      the second must not be less
 *
 * A run is where it can have been at work: from the earliest begin to the latest end that anybody names. What falls
 * into that and may have given space back excuses every loss; and of a time from which news may be missing, nothing
 * is said.
 */
import type { ServerEvidence } from '../evidence.ts'
import { aboutRepository, aboutServer, type Found } from '../found.ts'
import type { Count, StoredEvidence, StoredRun } from '../stored-evidence.ts'
import { agoMs, DAY_MS, HOUR_MS, isHeardOut, MINUTE_MS } from './moment.ts'

const MIB = 1024 ** 2
/** Leave to use a vault is for thirty days, and renewed twice a day. */
const LEAVE_MS = 29.5 * DAY_MS
const LEAVE_ENDING_MS = 7 * DAY_MS
const UNCHECKED_AFTER_MS = 90 * DAY_MS
/** What forgetting without pruning removes is far less. */
const LOST_MIN = 8 * MIB
const LOST_SHARE_MIN = 0.01
const ADDED_MIN = 10 * MIB
/** Nothing that is new is packed smaller than that. */
const PACKED_SHARE_MIN = 1 / 10_000
const TOLD_FOR_MS = 7 * DAY_MS
/** News travels at once, and clocks are not read at the same moment. */
const MARGIN_MS = 5 * MINUTE_MS

export function storedRules(
  server: ServerEvidence,
  repositories: readonly StoredEvidence[],
  now: Date,
): Found[] {
  const heardUntil = heardUntilOf(server, now)
  const ofEach = repositories.flatMap((repository) => [
    damaged(server, repository),
    foundDamaged(server, repository),
    unchecked(server, repository, now),
    ...(heardUntil
      ? [shrank(server, repository, heardUntil, now), notStored(server, repository, heardUntil)]
      : []),
  ])
  return [leaveEnding(server, repositories, now), ...ofEach].filter((found) => found !== null)
}

/** All that happened before is known. */
function heardUntilOf(server: ServerEvidence, now: Date): Date | null {
  if (!server.online) return new Date(server.changedAt.getTime() - MARGIN_MS)
  return isHeardOut(server, now) ? new Date(now.getTime() - MARGIN_MS) : null
}

function leaveEnding(
  server: ServerEvidence,
  repositories: readonly StoredEvidence[],
  now: Date,
): Found | null {
  const isUsing = repositories.some(
    ({ isVaulted, repositoryId }) =>
      isVaulted && server.plans.some((plan) => plan.repositoryId === repositoryId && plan.pausedAt === null),
  )
  if (server.online || !server.hasConnected || !isUsing) return null
  const leftMs = LEAVE_MS - agoMs(now, server.changedAt)
  if (leftMs > LEAVE_ENDING_MS) return null
  const facts = { leftMs: Math.max(0, leftMs), awayMs: agoMs(now, server.changedAt) }
  const severity = leftMs > 0 ? 'warning' : 'critical'
  const since = new Date(server.changedAt.getTime() + LEAVE_MS - LEAVE_ENDING_MS)
  return aboutServer(server, { code: 'vault_leave_ending', severity, since, facts })
}

function damaged(server: ServerEvidence, repository: StoredEvidence): Found | null {
  const { damaged: objects, damagedSince: since } = repository
  if (objects === 0 || since === null) return null
  const finding = { code: 'repository_damaged', severity: 'critical', since } as const
  return aboutRepository(server, repository, { ...finding, facts: { objects } })
}

/**
 * Over when the same part, or all of it, was read again and was in order. Parts are of another size when there are more or
 * fewer of them: then all of those count.
 */
function foundDamaged(server: ServerEvidence, repository: StoredEvidence): Found | null {
  const { readDamage, cleanSince } = repository
  if (readDamage === null) return null
  const { part, parts, heardAt: since } = readDamage
  if (cleanSince.some((clean) => clean.part === part && clean.parts === parts)) return null
  const rounds = Map.groupBy(cleanSince, (clean) => clean.parts)
  if ([...rounds].some(([of, clean]) => new Set(clean.map((one) => one.part)).size === of)) return null
  const isUsed = server.plans.some(({ repositoryId }) => repositoryId === repository.repositoryId)
  const severity = isUsed ? 'critical' : 'warning'
  return aboutRepository(server, repository, {
    ...{ code: 'read_back_damaged', severity, since },
    facts: { part, parts },
  })
}

function unchecked(server: ServerEvidence, repository: StoredEvidence, now: Date): Found | null {
  const { createdAt, usedAt, verifiedAt, readAt, triedAt } = repository
  if (usedAt === null || !server.plans.some(({ repositoryId }) => repositoryId === repository.repositoryId))
    return null
  const since = new Date(Math.max(...[createdAt, verifiedAt, readAt, triedAt].map(Number)))
  const ageMs = agoMs(now, since)
  if (ageMs <= UNCHECKED_AFTER_MS) return null
  const finding = { code: 'repository_unchecked', severity: 'notice', since } as const
  return aboutRepository(server, repository, { ...finding, facts: { ageMs } })
}

function shrank(
  server: ServerEvidence,
  repository: StoredEvidence,
  heardUntil: Date,
  now: Date,
): Found | null {
  const { counts, runs } = repository
  for (const [nth, after] of counts.toReversed().entries()) {
    const before = counts.at(-2 - nth)
    if (!before || after.firstAt > heardUntil || agoMs(now, after.firstAt) > TOLD_FOR_MS) continue
    const lost = before.bytes - after.bytes
    if (lost < Math.max(LOST_MIN, LOST_SHARE_MIN * before.bytes)) continue
    if (isExcused(server, runs, before.lastAt, after.firstAt)) continue
    return aboutRepository(server, repository, {
      code: 'repository_shrank',
      severity: 'critical',
      since: after.firstAt,
      facts: { lostBytes: lost, bytes: after.bytes },
    })
  }
  return null
}

/** Whether a run that may have given space back was, or may have been, at work then. */
function isExcused(
  { clockSkewMs }: ServerEvidence,
  runs: readonly StoredRun[],
  from: Date,
  to: Date,
): boolean {
  return runs.some((run) => {
    if (!run.mayHavePruned) return false
    const began = Math.min(+run.heardAt, +run.startedAt, +run.startedAt - clockSkewMs)
    const ended = Number(run.endHeardAt ?? Infinity)
    return began <= Number(to) + MARGIN_MS && ended >= Number(from) - HOUR_MS
  })
}

/** The newest run of which the vault can tell. */
function notStored(server: ServerEvidence, repository: StoredEvidence, heardUntil: Date): Found | null {
  const { counts, runs } = repository
  for (const run of runs.toReversed()) {
    const isGood = run.state === 'succeeded' || run.state === 'warning'
    const { endHeardAt, bytesAdded } = run
    if (!isGood || endHeardAt === null || bytesAdded < ADDED_MIN) continue
    const began = beganAt(server, run, counts)
    const before = counts.findLast(({ firstAt }) => firstAt.getTime() <= began - MARGIN_MS)
    const after = counts.find(({ lastAt }) => lastAt >= endHeardAt)
    if (!before || !after) continue
    const [from, to] = [
      new Date(Math.min(+before.lastAt, began)),
      new Date(Math.max(+after.firstAt, +endHeardAt)),
    ]
    if (to > heardUntil) continue
    if (isExcused(server, runs, from, to)) return null
    const growth = after.bytes - before.bytes
    // What was deleted meanwhile is a condition of its own.
    if (growth >= bytesAdded * PACKED_SHARE_MIN || -growth >= LOST_MIN) return null
    return aboutRepository(server, repository, {
      code: 'backup_not_stored',
      severity: 'critical',
      since: endHeardAt,
      facts: { bytes: bytesAdded },
    })
  }
  return null
}

/** While a server is connected, the news of a begin comes with it. Of one that was away only its own word is known. */
function beganAt(
  { online, changedAt, clockSkewMs }: ServerEvidence,
  run: StoredRun,
  counts: readonly Count[],
): number {
  const heard = run.heardAt.getTime()
  const counted = counts.findLast(({ firstAt }) => firstAt.getTime() <= heard - MARGIN_MS)
  const wasConnected = online && counted && changedAt.getTime() <= counted.firstAt.getTime() - MARGIN_MS
  return wasConnected ? heard : Math.min(heard, +run.startedAt, +run.startedAt - clockSkewMs)
}
