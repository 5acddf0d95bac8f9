/**
 * A backup with what its plan has around it: programs of the site before and after, and dumps beside the sources.
 *
 *   everything named is offered? ► hooks before ► dumps into the spool ► restic ► is each dump in the snapshot?
 *        └ no: `not_offered`          └ one that must not fail, failed: `program_failed`, nothing is backed up
 *   ► the spool is emptied ► hooks after, whatever became of all that, with the outcome in their environment
 *
 * A run of which a database or a command could not be dumped has failed, although the rest of it is in a snapshot: nobody
 * shall believe that the database is safe. It removes no older snapshots either.
 */
import { join } from 'node:path'
import type { Dumped, Hooked, Plan } from '@holdfast/protocol'
import { dumpAll } from '../dumps/dump.ts'
import { Spool } from '../dumps/spool.ts'
import { type BackupResult, filesBelow, type Repository, type Restic } from '../engine/index.ts'
import { DETAIL_CHARS_MAX, Failure } from '../failure.ts'
import { whyNotOffered } from '../offers/demands.ts'
import { type HookRound, hooksAfter, hooksBefore } from '../offers/hooks.ts'
import type { Settings } from '../settings.ts'
import type { RunResult } from '../state/runs.ts'
import type { State } from '../state/state.ts'
import { resultOf, resultOfError } from './result.ts'

/** An agent that is being stopped does not wait longer for each hook. */
const STOPPING_HOOK_MS_MAX = 30_000

export type Surroundings = {
  readonly state: State
  readonly settings: Settings
  readonly runId: string
  readonly plan: Plan
  readonly signal: AbortSignal
  /** The backup itself, with a folder to back up besides. */
  backUp(besides: string | null): Promise<{ done: BackupResult; restic: Restic; repository: Repository }>
}

/** Never fails: failing is a result. */
export async function backUpWithAll(work: Surroundings): Promise<RunResult> {
  const { state, plan, signal } = work
  const refusal = whyNotOffered(plan, state.offers.names())
  if (refusal !== null) return resultOfError(new Failure(refusal), signal.reason)
  const round = { offered: state.offers.programs('hook'), runId: work.runId, plan, signal }
  const before = await hooksBefore(round)
  const result = before.goesOn
    ? await backUpWithDumps(work)
    : resultOfError(hookFailure(before.ran, signal), signal.reason)
  return withHooks(round, before.ran, result, signal)
}

/** For a run that its agent did not live to end: what its hooks stopped is to be started again. */
export async function hooksAfterAll(
  state: State,
  { runId, plan }: Pick<Surroundings, 'runId' | 'plan'>,
  result: RunResult,
): Promise<RunResult> {
  const round = { offered: state.offers.programs('hook'), runId, plan }
  return withHooks(round, [], result, new AbortController().signal)
}

async function withHooks(
  { signal: _, ...round }: HookRound,
  before: readonly Hooked[],
  result: RunResult,
  signal: AbortSignal,
): Promise<RunResult> {
  const stopped = signal.aborted && signal.reason === 'stopped'
  const after = await hooksAfter({ ...round, ...(stopped && { timeoutMsMax: STOPPING_HOOK_MS_MAX }) }, result)
  const ran = [...before, ...after]
  if (ran.length === 0) return result
  const finishedAt = new Date().toISOString()
  const failed = ran.filter(({ code }) => code !== null)
  if (result.outcome !== 'succeeded' || failed.length === 0) return { ...result, finishedAt, hooks: ran }
  const detail = failed
    .map(({ name, detail }) => `${name}: ${detail}`)
    .join('; ')
    .slice(0, DETAIL_CHARS_MAX)
  return { ...result, finishedAt, outcome: 'warning', code: 'program_failed', detail, hooks: ran }
}

async function backUpWithDumps(work: Surroundings): Promise<RunResult> {
  const { state, settings, plan, signal } = work
  let dumps: Dumped[] = []
  try {
    if (!plan.databases?.length && !plan.commands?.length) return resultOf((await work.backUp(null)).done)
    await using spool = await Spool.open(spoolFolder(settings), plan.id)
    dumps = await dumpAll(plan, state.offers, spool, signal)
    if (plan.sources.length === 0 && dumps.every(({ code }) => code !== null)) throw dumpFailure(dumps)
    const { done, restic, repository } = await work.backUp(spool.folder)
    dumps = withoutMissing(dumps, await missingIn(spool, done.snapshotId, restic, repository))
    const result = resultOf(done)
    if (dumps.every(({ code }) => code === null)) return { ...result, dumps }
    const { code, detail = '' } = dumpFailure(dumps).refusal
    return { ...result, outcome: 'failed', code, detail, dumps }
  } catch (error) {
    const result = resultOfError(error, signal.reason)
    return dumps.length > 0 ? { ...result, dumps } : result
  }
}

export function spoolFolder({ spoolFolder, stateFolder }: Settings): string {
  return spoolFolder ?? join(stateFolder, 'dumps')
}

/** Files of the spool that are not in the snapshot as they are: left out by a limit of the plan, for example. */
async function missingIn(
  spool: Spool,
  snapshotId: string | null,
  restic: Restic,
  repository: Repository,
): Promise<string[]> {
  const files = await spool.files()
  if (snapshotId === null) return []
  const stored = await filesBelow(restic, repository, { snapshotId, folder: spool.folder })
  return [...files].flatMap(([path, size]) => (stored.get(path) === size ? [] : [path]))
}

function withoutMissing(dumps: readonly Dumped[], missing: readonly string[]): Dumped[] {
  return dumps.map((dump) => {
    const gone = missing.some((path) => path.split(/[\\/]/).includes(dump.name))
    if (dump.code !== null || !gone) return dump
    return {
      ...dump,
      code: 'dump_failed',
      detail: 'It was dumped and is not in the snapshot. Does the plan leave out files of its size?',
    }
  })
}

function dumpFailure(dumps: readonly Dumped[]): Failure {
  const failed = dumps.filter(({ code }) => code !== null)
  const detail = failed.map(({ name, detail }) => `${name}: ${detail}`).join('; ')
  return new Failure({ code: 'dump_failed', detail })
}

function hookFailure(ran: readonly Hooked[], signal: AbortSignal): Failure {
  const last = ran.at(-1)
  if (signal.aborted) return new Failure({ code: 'run_cancelled' })
  return new Failure({ code: 'program_failed', detail: `${last?.name}: ${last?.detail}` })
}
