/**
 * All runs of this agent: which are going on, how far they are, and how to end them. A run belongs to the agent, not to
 * a link: it goes on whatever portals do, and what it comes to is a row and a report in one transaction.
 *
 *   begin ──► journal row + runStarted ──► around-backup.ts: restic (engine/) ──► after-backup.ts ──► result ──► row finished + runFinished
 *                                             ▲ cancel: SIGINT, no snapshot, outcome `cancelled`
 *                                             ▲ the agent is stopped: SIGINT, outcome `failed`, code `interrupted`
 *                                             ✕ the agent dies: the next start settles it (recover.ts), `unknown`
 *
 * Stopping the agent in an orderly way interrupts its runs: restic would not outlive a machine that shuts down either,
 * and interrupted by us it leaves no lock. What was cut is known, so it is `failed` and not `unknown`; it is not begun
 * again by itself.
 */
import type { Fact, Plan, Progress, Refusal } from '@holdfast/protocol'
import type { RunReason } from '@holdfast/protocol/schedule'
import { v7 as uuidv7 } from 'uuid'
import { backup, EngineError } from '../engine/index.ts'
import { openRepository } from '../repositories/open.ts'
import type { Settings } from '../settings.ts'
import type { Repository } from '../state/repositories.ts'
import type { RunRecord, RunResult } from '../state/runs.ts'
import type { State } from '../state/state.ts'
import { afterBackup } from './after-backup.ts'
import { backUpWithAll } from './around-backup.ts'
import { ownRestic } from './restic.ts'
import { type AbortReason, resultOfError } from './result.ts'
import { tagsOf } from './tidy.ts'
import { Turns } from './turns.ts'
import { uploadLimit } from './upload-limit.ts'

export type ActiveRun = {
  readonly id: string
  readonly portalId: string
  readonly repositoryId: string
  readonly planName: string
  readonly startedAt: string
  readonly progress: Progress | null
}

type Going = {
  readonly record: Omit<RunRecord, 'process' | 'result' | 'backedUp'>
  readonly abort: AbortController
  readonly ended: PromiseWithResolvers<RunResult>
  progress: Progress | null
}

/** Whether a run could start now: with what, or why not. */
export type Startable =
  | { readonly ok: true; readonly plan: Plan; readonly repository: Repository }
  | { readonly ok: false; readonly refusal: Refusal }

/** What a run began by: a command, or its plan's own schedule. */
export type RunOrigin = { readonly commandId: string | null; readonly why: RunReason }

export type RunsHooks = {
  readonly onProgress: (portalId: string, progress: Progress) => void
  /** Its end is on the disk. */
  readonly onEnd: (run: ActiveRun, result: RunResult) => void
}

export class Runs {
  readonly #state: State
  readonly #settings: Settings
  readonly #going = new Map<string, Going>()
  /** Of everybody who uses a repository on this machine. */
  readonly turns = new Turns()
  readonly #stopping = new AbortController()
  readonly #hooks: RunsHooks

  constructor(state: State, settings: Settings, hooks: RunsHooks) {
    this.#state = state
    this.#settings = settings
    this.#hooks = hooks
  }

  get active(): ActiveRun[] {
    return [...this.#going.values()].map(viewOf)
  }

  /** Two plans on one repository run one after the other; one plan twice does not run at all. */
  look(portalId: string, planId: string, revision: number): Startable {
    const plan = this.#state.plans.find(portalId, planId)
    if (plan === null || plan.revision !== revision) {
      const held = plan === null ? 'no revision' : `revision ${plan.revision}`
      return no({ code: 'plan_unknown', detail: `holds ${held}, asked for ${revision}` })
    }
    if (this.#state.runs.unfinished().some((run) => run.planId === planId && run.portalId === portalId))
      return no({ code: 'run_already_active', detail: plan.name })
    const repository = this.#state.repositories.find(portalId, plan.repositoryId)
    if (repository === null) return no({ code: 'repository_unknown' })
    if (repository.isReadOnly) return no({ code: 'repository_read_only', detail: repository.name })
    return { ok: true, plan, repository }
  }

  /** Writes the run down and reports its start. Belongs into the transaction of whatever asked for it. */
  begin(portalId: string, plan: Plan, { commandId, why }: RunOrigin): string {
    const record = {
      id: uuidv7(),
      portalId,
      planId: plan.id,
      planRevision: plan.revision,
      planName: plan.name,
      repositoryId: plan.repositoryId,
      commandId,
      why,
      startedAt: new Date().toISOString(),
    }
    this.#state.transact(() => {
      this.#state.runs.begin(record)
      const { id: runId, planId, planRevision, repositoryId, startedAt } = record
      this.#state.outbox.add(portalId, {
        type: 'runStarted',
        runId,
        planId,
        planRevision,
        repositoryId,
        commandId,
        startedAt,
        why,
      })
    })
    const ended = Promise.withResolvers<RunResult>()
    this.#going.set(record.id, { record, abort: new AbortController(), ended, progress: null })
    return record.id
  }

  /** Does what `begin` announced. Never fails: failing is a result. */
  async follow(runId: string, plan: Plan, repository: Repository): Promise<RunResult> {
    const going = this.#going.get(runId)
    if (going === undefined) return resultOfError(new Error('it was never begun'), 'stopped')
    if (this.#stopping.signal.aborted) going.abort.abort('stopped' satisfies AbortReason)
    let release = () => {}
    try {
      release = await this.turns.take(repository.id, going.abort.signal).catch(cancelledWhileWaiting)
      const result = await backUpWithAll({
        ...{ state: this.#state, settings: this.#settings, runId, plan, signal: going.abort.signal },
        backUp: (besides) => this.#backUp(going, plan, repository, besides),
      })
      return await afterBackup(result, {
        ...{ state: this.#state, settings: this.#settings, turns: this.turns },
        ...{ record: going.record, plan, repository, signal: going.abort.signal },
      })
    } catch (error) {
      const reason: unknown = going.abort.signal.reason
      return resultOfError(error, reason)
    } finally {
      release()
    }
  }

  /** Writes the result down and reports it; throws `state_unwritable` when the disk takes nothing. */
  finish(runId: string, portalId: string, result: RunResult): void {
    const news: Fact = { type: 'runFinished', runId, ...result }
    this.#state.transact(() => {
      this.#state.runs.finish(runId, result)
      this.#state.outbox.add(portalId, news)
    })
  }

  /** To be called once the end of the run is on the disk. */
  forget(runId: string, result: RunResult): void {
    const going = this.#going.get(runId)
    if (going === undefined) return
    this.#going.delete(runId)
    going.ended.resolve(result)
    this.#hooks.onEnd(viewOf(going), result)
  }

  /** A run is going on there, or is not settled yet. */
  isBusy(repositoryId: string): boolean {
    return this.#state.runs.unfinished().some((run) => run.repositoryId === repositoryId)
  }

  isActive(portalId: string, runId: string): boolean {
    return this.#going.get(runId)?.record.portalId === portalId
  }

  /** Aborted when the agent ends. */
  get stopping(): AbortSignal {
    return this.#stopping.signal
  }

  /** Interrupts the run; resolves with what it came to. Null when there is no such run. */
  async cancel(portalId: string, runId: string): Promise<RunResult | null> {
    const going = this.#going.get(runId)
    if (going === undefined || going.record.portalId !== portalId) return null
    going.abort.abort('cancelled' satisfies AbortReason)
    return going.ended.promise
  }

  /** The agent ends: interrupts all runs and waits until their ends are on the disk. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    const all = [...this.#going.values()]
    for (const { abort } of all) abort.abort('stopped' satisfies AbortReason)
    await Promise.all(all.map(({ ended }) => ended.promise))
  }

  async #backUp(going: Going, plan: Plan, kept: Repository, besides: string | null) {
    const { record, abort } = going
    const restic = await ownRestic(this.#settings)
    const repository = await openRepository(kept, this.#state)
    const done = await backup(
      restic,
      repository,
      {
        sources: plan.sources,
        tags: tagsOf(plan.id),
        excludeLines: plan.excludes ?? [],
        limits: plan.limits ?? undefined,
        besides,
        uploadKibPerSecond: uploadLimit(plan.bandwidth, new Date()),
      },
      {
        signal: abort.signal,
        ownRuns: this.#state.repositories.processesOf(kept.id),
        onSpawn: (process) => this.#state.runs.spawned(record.id, process),
        onProgress: (seen) => {
          const progress = { runId: record.id, ...seen }
          going.progress = progress
          this.#hooks.onProgress(record.portalId, progress)
        },
      },
    )
    return { done, restic, repository }
  }
}

function cancelledWhileWaiting(): never {
  throw new EngineError('run_cancelled', 'It was cancelled while it waited for its turn.')
}

function viewOf({ record, progress }: Going): ActiveRun {
  const { id, portalId, repositoryId, planName, startedAt } = record
  return { id, portalId, repositoryId, planName, startedAt, progress }
}

function no(refusal: Refusal): Startable {
  return { ok: false, refusal }
}
