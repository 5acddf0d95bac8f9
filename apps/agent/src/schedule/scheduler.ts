/**
 * Runs plans by themselves, whether or not there is a portal.
 *
 *   look ──► each plan with a schedule: nextRun(schedule, settled, now)      pure, packages/protocol/src/schedule
 *        ──► due: into the queue ──► its repository is idle? ──► settled + run begun, in one transaction ──► followed
 *        ──► later: a timer, which is only ever a hint: what is due is computed anew at each look
 *
 * A repository takes one run at a time from here: the next one begins when the one before has ended. What comes due
 * while its own plan is running is settled by that run. If the agent dies between any two steps, the next start finds
 * the run unsettled and begins it, or settled with its journal row, which recover.ts settles: never twice, never lost.
 */
import type { Plan, Refusal } from '@holdfast/protocol'
import { type NextRun, nextRun, type Schedule, whyUnreadable } from '@holdfast/protocol/schedule'
import type { Workshop } from '../commands/handler.ts'
import { inOneLine } from '../failure.ts'
import { whyForbidden } from '../permission.ts'
import { refusalOf } from '../runs/result.ts'
import { durably } from '../state/durably.ts'
import type { Repository } from '../state/repositories.ts'

/** Timers stand still while a machine sleeps, and clocks are set: at the latest after this it is looked anew. */
const LOOK_AGAIN_MS = 20_000
const LOOK_SOONEST_MS = 50

type Due = { readonly portalId: string; readonly planId: string; readonly why: NextRun['why'] }
type ScheduledPlan = Plan & { readonly schedule: Schedule }

export type SchedulerOptions = { readonly now?: () => Date }

export class Scheduler {
  readonly #workshop: Workshop
  readonly #now: () => Date
  readonly #stopping = new AbortController()
  /** By portal and plan, in the order in which they came due. */
  readonly #queue = new Map<string, Due>()
  readonly #following = new Set<Promise<void>>()
  /** Schedules that never come due or cannot be read, by portal and plan: told once, and not looked at again. */
  readonly #idle = new Map<string, string>()
  #timer: NodeJS.Timeout | null = null
  #isStarted = false

  constructor(workshop: Workshop, { now = () => new Date() }: SchedulerOptions = {}) {
    this.#workshop = workshop
    this.#now = now
  }

  /** Once what an earlier agent left behind is settled: a run that it died in is no run that is going on. */
  start(): void {
    this.#isStarted = true
    this.look()
  }

  /** Begins what is due and comes back when the next one will be. To be called whenever plans change or runs end. */
  look(): void {
    if (!this.#isStarted || this.#stopping.signal.aborted) return
    try {
      const nextAt = this.#queueWhatIsDue()
      this.#beginWhatCan()
      this.#lookAgain(nextAt)
    } catch (error) {
      // A disk that takes nothing at this moment: what was not settled is still due at the next look.
      this.#tell('error', 'agent', error)
      this.#lookAgain(null)
    }
  }

  /** Begins nothing more, and resolves when what it began has ended. Stop the runs first. */
  async stop(): Promise<void> {
    this.stopBeginning()
    await Promise.all(this.#following)
  }

  stopBeginning(): void {
    this.#stopping.abort()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#queue.clear()
  }

  /** When the next one will be due, of those that are not due yet. */
  #queueWhatIsDue(): number | null {
    const now = this.#now()
    let nextAt: number | null = null
    for (const { portalId, plan } of this.#scheduledPlans()) {
      const next = this.#nextRun(portalId, plan, now)
      if (next === null) continue
      const key = keyOf(portalId, plan.id)
      if (next.at > now) nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, next.at.getTime())
      else if (!this.#queue.has(key)) this.#queue.set(key, { portalId, planId: plan.id, why: next.why })
    }
    return nextAt
  }

  #nextRun(portalId: string, plan: ScheduledPlan, now: Date): NextRun | null {
    const { state } = this.#workshop
    const key = keyOf(portalId, plan.id)
    const schedule = JSON.stringify(plan.schedule)
    if (this.#idle.get(key) === schedule) return null
    const unreadable = whyUnreadable(plan.schedule)
    const settledAt = state.schedules.settledAt(portalId, plan)
    if (settledAt === null) state.schedules.settle(portalId, plan, now)
    const next = unreadable === null ? nextRun(plan, settledAt ?? now, now) : null
    if (next === null) {
      this.#idle.set(key, schedule)
      const text =
        unreadable === null ? 'Its schedule leaves no time to run' : UNREADABLE[unreadable](plan.schedule)
      this.#workshop.tell({ level: 'warn', subject: `plan ${plan.name}`, code: null, text })
    }
    return next
  }

  #beginWhatCan(): void {
    const { state, runs } = this.#workshop
    for (const [key, { portalId, planId, why }] of this.#queue) {
      const plan = state.plans.find(portalId, planId)
      if (plan === null || !isScheduled(plan) || state.schedules.settledAt(portalId, plan) === null) {
        // Taken away or changed while it waited.
        this.#queue.delete(key)
        continue
      }
      const startable = runs.look(portalId, planId, plan.revision)
      if (startable.ok && runs.isBusy(plan.repositoryId)) continue
      this.#queue.delete(key)
      const refusal = startable.ok ? this.#whyForbidden(portalId, startable) : startable.refusal
      if (startable.ok && refusal === null) this.#begin(portalId, startable.plan, startable.repository, why)
      else {
        state.schedules.settle(portalId, plan, this.#now())
        if (refusal === null) continue
        const text = `Did not run at its time: ${inOneLine(refusal)}`
        this.#workshop.tell({ level: 'warn', subject: `plan ${plan.name}`, code: refusal.code, text })
      }
    }
  }

  /** The plan is a portal's, and what that may not have done by a click it does not get at night either. */
  #whyForbidden(
    portalId: string,
    { plan, repository }: { plan: Plan; repository: Repository },
  ): Refusal | null {
    const paths = [plan.sources, repository.place]
    return whyForbidden(this.#workshop.state, portalId, { kind: 'startRun' }, paths)
  }

  #begin(portalId: string, plan: Plan, repository: Repository, why: Due['why']) {
    const { state, runs } = this.#workshop
    const runId = state.transact(() => {
      state.schedules.settle(portalId, plan, this.#now())
      return runs.begin(portalId, plan, { commandId: null, why })
    })
    const text = why === 'missed' ? 'Begun, for the runs that were missed' : 'Begun by its schedule'
    this.#workshop.tell({ level: 'info', subject: `run ${plan.name}`, code: null, text })
    const following = runs
      .follow(runId, plan, repository)
      .then(async (result) => {
        await durably(() => runs.finish(runId, portalId, result), {
          signal: this.#stopping.signal,
          onDelay: (failure) => this.#tell('error', 'agent', failure),
        })
        runs.forget(runId, result)
      })
      .catch((error: unknown) => this.#tell('error', `run ${plan.name}`, error))
      .finally(() => this.#following.delete(following))
    this.#following.add(following)
  }

  *#scheduledPlans(): Generator<{ portalId: string; plan: ScheduledPlan }> {
    const { portals, plans } = this.#workshop.state
    for (const { id: portalId } of portals.all())
      for (const plan of plans.of(portalId)) if (isScheduled(plan)) yield { portalId, plan }
  }

  #lookAgain(nextAt: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    const inMs = nextAt === null ? LOOK_AGAIN_MS : nextAt - this.#now().getTime()
    this.#timer = setTimeout(() => this.look(), Math.min(LOOK_AGAIN_MS, Math.max(LOOK_SOONEST_MS, inMs)))
  }

  #tell(level: 'error' | 'warn', subject: string, error: unknown): void {
    const refusal = refusalOf(error)
    this.#workshop.tell({ level, subject, code: refusal.code, text: inOneLine(refusal) })
  }
}

const UNREADABLE: Record<NonNullable<ReturnType<typeof whyUnreadable>>, (schedule: Schedule) => string> = {
  time_zone: ({ timeZone }) => `Its schedule is in a time zone that this machine does not know: ${timeZone}`,
  expression: () => 'Its schedule is an expression that this agent cannot read',
}

function isScheduled(plan: Plan): plan is ScheduledPlan {
  return plan.schedule !== null && plan.schedule !== undefined
}

function keyOf(portalId: string, planId: string): string {
  return `${portalId} ${planId}`
}
