/**
 * What does not fit a plan's own history: fewer files, less data, far more of it, or most of it new. Runs are compared
 * only with runs of the same version of the plan into the same repository: what a person changed, changes the figures.
 */
import type { PlanEvidence, RunEvidence, ServerEvidence } from '../evidence.ts'
import { bytesThere, filesOf, filesThere, isGood } from '../evidence.ts'
import { aboutPlan, type Found } from '../found.ts'
import { findShift, HISTORY_MIN, isUnusuallyHigh, isUnusuallyLow, usualOf } from '../usual.ts'

const MIB = 1024 ** 2
const FEWER = { spreads: 6, share: 0.3, atLeast: 50 }
const SMALLER = { spreads: 6, share: 0.3, atLeast: 50 * MIB }
const MORE = { spreads: 8, share: 2, atLeast: 1024 * MIB }
const NEW_DATA = { spreads: 8, share: 2, atLeast: 20 * MIB }
/** Of all files: a share that jumps to so much, and by so much. */
const CHANGED_SHARE_MIN = 0.5
const CHANGED_SHARE_JUMP = 0.35
const CHANGED_FILES_MIN = 100
/** An event passes, and is still news after it: so many runs long. */
const EVENT_RUNS = 7
const SKIPPED_RUNS = 3

export function historyRules(server: ServerEvidence): Found[] {
  return server.plans.flatMap((plan) => {
    const runs = comparable(plan)
    if (runs.length === 0) return []
    const low =
      runs[0] && filesThere(runs[0]) > 0
        ? (filesVanished(server, plan, runs) ?? shrank(server, plan, runs))
        : null
    const change = massChange(server, plan, runs)
    return [low, change, change ? null : grew(server, plan, runs), skipped(server, plan, runs)].filter(
      (found) => found !== null,
    )
  })
}

/** Backups of the plan as it is now, the newest first. */
function comparable(plan: PlanEvidence): RunEvidence[] {
  const good = plan.runs.filter(isGood)
  const [newest] = good
  return good.filter(
    ({ planRevision, repositoryId }) =>
      planRevision === newest?.planRevision && repositoryId === newest.repositoryId,
  )
}

const heard = (run: RunEvidence): Date => run.endHeardAt ?? run.heardAt

function filesVanished(server: ServerEvidence, plan: PlanEvidence, runs: RunEvidence[]): Found | null {
  const shift = findShift(runs, filesThere, (value, usual) => isUnusuallyLow(value, usual, FEWER))
  if (!shift) return null
  const files = filesThere(shift.newest)
  const usualFiles = Math.round(shift.usual.median)
  return aboutPlan(server, plan, {
    code: 'files_vanished',
    severity: 'critical',
    since: heard(shift.first),
    facts: { files, usualFiles, share: 1 - files / usualFiles },
  })
}

function shrank(server: ServerEvidence, plan: PlanEvidence, runs: RunEvidence[]): Found | null {
  const shift = findShift(runs, bytesThere, (value, usual) => isUnusuallyLow(value, usual, SMALLER))
  if (!shift) return null
  const bytes = bytesThere(shift.newest)
  const usualBytes = shift.usual.median
  return aboutPlan(server, plan, {
    code: 'snapshot_shrank',
    severity: 'warning',
    since: heard(shift.first),
    facts: { bytes, usualBytes, share: 1 - bytes / usualBytes },
  })
}

/** Growth is an event: what was added once is usual no more, and no less there. */
function grew(server: ServerEvidence, plan: PlanEvidence, runs: RunEvidence[]): Found | null {
  const shift = findShift(
    runs,
    ({ bytesAdded }) => bytesAdded,
    (value, usual) => isUnusuallyHigh(value, usual, MORE),
  )
  if (!shift) return null
  return aboutPlan(server, plan, {
    code: 'snapshot_grew',
    severity: 'warning',
    since: heard(shift.first),
    facts: { bytes: shift.newest.bytesAdded, usualBytes: shift.usual.median },
  })
}

/**
 * Files that are encrypted are files that changed, or files of a new name, with data that no deduplication knows. Each
 * alone happens to healthy servers: a touched tree changes and adds nothing, a new disk image adds and changes one file.
 */
function massChange(server: ServerEvidence, plan: PlanEvidence, runs: RunEvidence[]): Found | null {
  const found = runs.slice(0, EVENT_RUNS).find((run, index) => isMassChange(run, runs.slice(index + 1)))
  if (!found) return null
  const before = runs.slice(runs.indexOf(found) + 1)
  return aboutPlan(server, plan, {
    code: 'mass_change',
    severity: 'critical',
    since: heard(found),
    facts: {
      share: changedShare(found),
      usualShare: usualOf(before.map(changedShare)).median,
      bytes: found.bytesAdded,
      usualBytes: usualOf(before.map(({ bytesAdded }) => bytesAdded)).median,
    },
  })
}

function isMassChange(run: RunEvidence, before: readonly RunEvidence[]): boolean {
  // The first backup of all is new altogether, and never comes again.
  const history = before.filter((one) => one.filesUnmodified > 0)
  if (history.length < HISTORY_MIN || run.filesNew + run.filesChanged < CHANGED_FILES_MIN) return false
  const shares = usualOf(history.map(changedShare))
  const share = changedShare(run)
  return (
    share >= CHANGED_SHARE_MIN &&
    share > shares.max + CHANGED_SHARE_JUMP &&
    isUnusuallyHigh(run.bytesAdded, usualOf(history.map(({ bytesAdded }) => bytesAdded)), NEW_DATA)
  )
}

function changedShare(run: RunEvidence): number {
  const files = filesOf(run)
  return files === 0 ? 0 : (run.filesNew + run.filesChanged) / files
}

function skipped(server: ServerEvidence, plan: PlanEvidence, runs: RunEvidence[]): Found | null {
  const last = runs.slice(0, SKIPPED_RUNS)
  const oldest = last.at(-1)
  if (last.length < SKIPPED_RUNS || !oldest) return null
  const always = (last[0]?.unreadablePaths ?? []).filter((path) =>
    last.every(({ unreadablePaths }) => unreadablePaths.includes(path)),
  )
  const [path] = always
  if (path === undefined) return null
  return aboutPlan(server, plan, {
    code: 'files_skipped',
    severity: 'warning',
    since: heard(oldest),
    facts: { paths: always.length, runs: last.length, path: path.slice(0, 500) },
  })
}
