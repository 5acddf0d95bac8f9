/**
 * Holds restore drills: after a backup, when the plan wants one and the last is long enough ago. So the snapshot that is
 * tried is the newest, a new plan is proven on its first day, and no schedule of its own is needed: a plan that does not
 * run has nothing new to prove. Somebody may ask for one at any time (commands/start-drill.ts): it tries the same, and is
 * kept as the same.
 *
 * One after the other: all of them restore to the same scratch folder.
 */
import { join } from 'node:path'
import type { DrillFinished, Plan, Refusal } from '@holdfast/protocol'
import { signDrill } from '@holdfast/protocol/drill-proof'
import { v7 as uuidv7 } from 'uuid'
import { Failure, inOneLine } from '../failure.ts'
import { whyForbidden } from '../permission.ts'
import { openRepository } from '../repositories/open.ts'
import { ownRestic } from '../runs/restic.ts'
import { refusalOf } from '../runs/result.ts'
import type { Turns } from '../runs/turns.ts'
import type { Settings } from '../settings.ts'
import type { LogNews } from '../state/log.ts'
import type { State } from '../state/state.ts'
import { holdDrill } from './drill.ts'

const DAY_MS = 24 * 60 * 60_000

export type DrillsOptions = {
  readonly state: State
  readonly settings: Settings
  readonly tell: (news: LogNews) => void
  readonly turns: Turns
  readonly now?: () => Date
}

/** A drill that has been held, and is not written down yet. */
export type HeldDrill = {
  readonly drill: DrillFinished
  /** Writes it down and reports it. Belongs into the transaction of whatever asked for it. */
  readonly keep: () => void
  readonly tell: () => void
}

export class Drills {
  readonly #options: DrillsOptions
  readonly #stopping = new AbortController()
  #working: Promise<void> = Promise.resolve()

  constructor(options: DrillsOptions) {
    this.#options = options
  }

  /** Resolves when every drill that was due by then has been held. */
  look(): Promise<void> {
    this.#working = this.#working.then(() => this.#holdWhatIsDue())
    return this.#working
  }

  /** Why none can be held now; null if it can. */
  whyNot(portalId: string, planId: string): Refusal | null {
    const { state } = this.#options
    const plan = state.plans.find(portalId, planId)
    if (plan === null) return { code: 'plan_unknown' }
    if (state.repositories.find(portalId, plan.repositoryId) === null) return { code: 'repository_unknown' }
    return state.drills.manifest(portalId, planId) === null ? { code: 'drill_no_sample' } : null
  }

  /** After those that are being held. Keeping what came of it is left to the caller. @throws Failure, EngineError */
  holdNow(portalId: string, planId: string): Promise<HeldDrill> {
    const holding = this.#working
      .then(() => this.#hold(portalId, planId))
      .catch((error: unknown) => {
        throw this.#stopping.signal.aborted ? new Failure({ code: 'interrupted' }) : error
      })
    this.#working = holding.then(
      () => {},
      () => {},
    )
    return holding
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#working
  }

  async #holdWhatIsDue(): Promise<void> {
    const { state, tell } = this.#options
    for (const { id: portalId } of state.portals.all())
      for (const plan of state.plans.of(portalId)) {
        if (this.#stopping.signal.aborted) return
        if (!this.#isDue(portalId, plan)) continue
        try {
          const held = await this.#hold(portalId, plan.id)
          state.transact(held.keep)
          held.tell()
        } catch (error) {
          if (this.#stopping.signal.aborted) return
          const refusal = refusalOf(error)
          tell({ level: 'warn', subject: `drill ${plan.name}`, code: refusal.code, text: inOneLine(refusal) })
        }
      }
  }

  #isDue(portalId: string, plan: Plan): boolean {
    const { state, now = () => new Date() } = this.#options
    if (!plan.drill || whyForbidden(state, portalId, { kind: 'startRun' }, null) !== null) return false
    if (this.whyNot(portalId, plan.id) !== null) return false
    const heldAt = state.drills.heldAt(portalId, plan.id)
    if (heldAt === null) return true
    const agoMs = now().getTime() - heldAt.getTime()
    // A clock that was set back says nothing.
    return agoMs < 0 || agoMs >= plan.drill.everyDays * DAY_MS - DAY_MS / 2
  }

  async #hold(portalId: string, planId: string): Promise<HeldDrill> {
    const { state, settings, tell, turns } = this.#options
    const { signal } = this.#stopping
    const plan = state.plans.find(portalId, planId)
    const manifest = state.drills.manifest(portalId, planId)
    const repository = plan && state.repositories.find(portalId, plan.repositoryId)
    // It may have had to wait.
    if (plan === null || manifest === null || repository === null)
      throw new Failure(this.whyNot(portalId, planId) ?? { code: 'drill_no_sample' })
    signal.throwIfAborted()
    const release = await turns.read(repository.id, signal)
    const startedAt = new Date().toISOString()
    const result = await holdDrill(
      await ownRestic(settings),
      await openRepository(repository, state),
      { ...manifest, scratch: join(state.folder, 'drill') },
      { signal, ownRuns: state.runs.processesOf(repository.id) },
    ).finally(release)
    const facts = {
      drillId: uuidv7(),
      ...{ planId: plan.id, repositoryId: repository.id, snapshotId: manifest.snapshotId },
      ...{ startedAt, finishedAt: new Date().toISOString(), manifest: manifest.digest },
      ...result,
    }
    const drill: DrillFinished = { type: 'drillFinished', ...facts, ...signDrill(facts, state.vaults.key) }
    const isPassed = result.outcome === 'passed'
    const text = isPassed
      ? `passed: ${result.files} files came back as they were`
      : `failed: ${result.filesWrong} of ${result.files} files did not come back as they were`
    const level = isPassed ? 'info' : 'warn'
    return {
      drill,
      keep() {
        state.drills.held(portalId, plan.id, drill.finishedAt)
        state.outbox.add(portalId, drill)
      },
      tell: () => tell({ level, subject: `drill ${plan.name}`, code: result.code, text }),
    }
  }
}
