/**
 * Holds restore drills: after a backup, when the plan wants one and the last is long enough ago. So the snapshot that is
 * tried is the newest, a new plan is proven on its first day, and no schedule of its own is needed: a plan that does not
 * run has nothing new to prove.
 */
import { join } from 'node:path'
import type { DrillFinished, Plan } from '@holdfast/protocol'
import { signDrill } from '@holdfast/protocol/drill-proof'
import { v7 as uuidv7 } from 'uuid'
import { inOneLine } from '../failure.ts'
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
        await this.#hold(portalId, plan).catch((error: unknown) => {
          if (this.#stopping.signal.aborted) return
          const refusal = refusalOf(error)
          tell({ level: 'warn', subject: `drill ${plan.name}`, code: refusal.code, text: inOneLine(refusal) })
        })
      }
  }

  #isDue(portalId: string, plan: Plan): boolean {
    const { state, now = () => new Date() } = this.#options
    if (!plan.drill || whyForbidden(state, portalId, { kind: 'startRun' }, null) !== null) return false
    const heldAt = state.drills.heldAt(portalId, plan.id)
    if (heldAt === null) return state.drills.manifest(portalId, plan.id) !== null
    const agoMs = now().getTime() - heldAt.getTime()
    // A clock that was set back says nothing.
    return agoMs < 0 || agoMs >= plan.drill.everyDays * DAY_MS - DAY_MS / 2
  }

  async #hold(portalId: string, plan: Plan): Promise<void> {
    const { state, settings, tell, turns } = this.#options
    const { signal } = this.#stopping
    const manifest = state.drills.manifest(portalId, plan.id)
    const repository = state.repositories.find(portalId, plan.repositoryId)
    if (manifest === null || repository === null) return
    const release = await turns.read(repository.id, signal)
    const startedAt = new Date().toISOString()
    const result = await holdDrill(
      await ownRestic(settings),
      await openRepository(repository, state),
      { ...manifest, scratch: join(state.folder, 'drill') },
      { signal, ownRuns: state.runs.processesOf(repository.id) },
    ).finally(release)
    const drill = {
      drillId: uuidv7(),
      ...{ planId: plan.id, repositoryId: repository.id, snapshotId: manifest.snapshotId },
      ...{ startedAt, finishedAt: new Date().toISOString(), manifest: manifest.digest },
      ...result,
    }
    const fact: DrillFinished = { type: 'drillFinished', ...drill, ...signDrill(drill, state.vaults.key) }
    state.transact(() => {
      state.drills.held(portalId, plan.id, drill.finishedAt)
      state.outbox.add(portalId, fact)
    })
    const text =
      result.outcome === 'passed'
        ? `passed: ${result.files} files came back as they were`
        : `failed: ${result.filesWrong} of ${result.files} files did not come back as they were`
    const level = result.outcome === 'passed' ? 'info' : 'warn'
    tell({ level, subject: `drill ${plan.name}`, code: result.code, text })
  }
}
