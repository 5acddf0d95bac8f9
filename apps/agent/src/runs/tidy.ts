/**
 * After a backup that succeeded: removes the snapshots of its plan that are no longer kept, and now and then gives back
 * the space that they held. The backup is done, whatever comes of this: what goes wrong here is said beside its outcome.
 *
 * A plan is its portal's wish, and removing snapshots is the one thing that a stolen portal must not be able to: it is
 * done only for a portal that the policy of this site lets remove snapshots, which a person here has said.
 *
 * Giving back space reads much of the repository and keeps it from others. So it is done at most once a day, and never
 * for more than a twentieth of the time: how long the last one took says when the next one may be.
 */
import { keepsEverything, type Plan, type Refusal, type Tidied } from '@holdfast/protocol'
import { forget, prune, type RunHooks } from '../engine/index.ts'
import { whyForbidden } from '../permission.ts'
import { openRepository } from '../repositories/open.ts'
import type { Settings } from '../settings.ts'
import type { Pruning, Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'
import { ownRestic } from './restic.ts'
import { refusalOf } from './result.ts'

const DAY_MS = 24 * 60 * 60_000
const PRUNE_SHARE_MAX = 1 / 20

export type TidyWork = {
  readonly state: State
  readonly settings: Settings
  readonly portalId: string
  readonly plan: Plan
  readonly repository: Repository
  /** The snapshot just made: it stays, whatever its clock says. */
  readonly snapshotId: string | null
  readonly hooks: RunHooks
}

/** Undefined where the plan keeps everything. Never fails: failing is a result. */
export async function tidy(work: TidyWork): Promise<Tidied | undefined> {
  const { state, settings, portalId, plan, repository, snapshotId, hooks } = work
  const { retention } = plan
  if (!retention || keepsEverything(retention)) return undefined
  const forbidden = whyForbidden(state, portalId, { kind: 'forget' }, null)
  if (forbidden !== null) return notDone(forbidden)
  // Without its name it could not be kept from being removed.
  if (snapshotId === null) return notDone({ code: 'snapshot_missing' })
  let done: Tidied = notDone(null)
  try {
    const restic = await ownRestic(settings)
    const opened = await openRepository(repository, state, 'full')
    const tags = tagsOf(plan.id)
    const { removed, kept } = await forget(restic, opened, { tags, retention, keepIds: [snapshotId] }, hooks)
    done = { ...done, snapshotsRemoved: removed, snapshotsKept: kept }
    if (removed > 0) state.repositories.forgot(repository.id, removed)
    if (!isPruneDue(state.repositories.pruning(repository.id), new Date())) return done
    const begunMs = performance.now()
    const { bytesFreed } = await prune(restic, opened, hooks)
    state.repositories.pruned(repository.id, new Date(), performance.now() - begunMs)
    return { ...done, bytesFreed }
  } catch (error) {
    const { code, detail = '' } = refusalOf(error)
    return { ...done, code, detail }
  }
}

/** What every snapshot of a plan carries, and none of another one. */
export function tagsOf(planId: string): string[] {
  return ['holdfast', `plan-${planId}`]
}

export function isPruneDue({ forgotten, prunedAt, tookMs }: Pruning, now: Date): boolean {
  if (forgotten === 0) return false
  if (prunedAt === null) return true
  const sinceMs = now.getTime() - prunedAt.getTime()
  // A clock that was set back says nothing.
  return sinceMs < 0 || sinceMs >= Math.max(DAY_MS, tookMs / PRUNE_SHARE_MAX)
}

export function notDone(refusal: Refusal | null): Tidied {
  const nothing = { snapshotsRemoved: 0, snapshotsKept: 0, bytesFreed: null }
  return { ...nothing, code: refusal?.code ?? null, detail: refusal?.detail ?? '' }
}
