/**
 * Keeps each agent's plans as they are wanted. They are always sent whole, so it does not matter which change was
 * missed; but they must be sent in the order in which they were read, or an older wish would win. So they are read one
 * batch after the other (desk.ts), and only the newest push of a link is ever sent again.
 */
import { has, plansHeld, type portalToAgent, type RefusalCode, WIRE } from '@holdfast/protocol'
import type { z } from 'zod'
import { Batch } from '#batching/batch.ts'
import type { Link } from '#gateway/link.ts'
import type { LiveBus } from '#live/bus.ts'
import type { ProcessLog } from '#start/process-log.ts'
import type { CommandStore, Held, Wanted, WantedPlan } from './store.ts'

export type PlanPushOptions = {
  readonly store: CommandStore
  readonly live: LiveBus
  readonly processLog: ProcessLog
  /** An agent that has not acknowledged its plans by then is sent them again. */
  readonly receiptMs: number
  /** The server does not take what is wanted, and says why. `detail` is foreign text. */
  readonly onRefused: (link: Link, why: { readonly code: RefusalCode; readonly detail: string }) => void
}

type Holding = { readonly providerId: string; readonly held: Held }

const HOLDINGS_WAIT_MS = 100
const COME_BACK_AFTER_MALFORMED_MS = 60_000

export class PlanPushes {
  readonly #options: PlanPushOptions
  readonly #holdings: Batch<Holding, undefined>
  /** The newest push of each link: only its receipt counts. */
  readonly #newest = new WeakMap<Link, object>()

  constructor(options: PlanPushOptions) {
    this.#options = options
    this.#holdings = new Batch({ delayMs: HOLDINGS_WAIT_MS, flush: (holdings) => this.#write(holdings) })
  }

  /** On their way when it returns. The receipt is noted when it comes. */
  push(link: Link, wanted: Pick<Wanted, 'plans' | 'recovery'>): void {
    const push = {}
    this.#newest.set(link, push)
    void this.#carry(link, wanted, push)
  }

  /** Resolves when all receipts so far are in the database, or could not be written. */
  drain(): Promise<void> {
    return this.#holdings.drain()
  }

  async #carry(
    link: Link,
    { plans, recovery }: Pick<Wanted, 'plans' | 'recovery'>,
    push: object,
  ): Promise<void> {
    const message: z.input<typeof portalToAgent.plans> = {
      plans: plans
        .filter((plan) => canHold(link.facts.capabilities, plan))
        .map(({ agentRevision: _, ...plan }) => plan),
      ...(recovery !== null && { recovery }),
    }
    while (link.isOnline && this.#newest.get(link) === push) {
      const answer = await link.request(WIRE.portalToAgent.plans, message, this.#options.receiptMs)
      if (answer === undefined) continue
      const receipt = plansHeld.safeParse(answer)
      if (receipt.success && saysSomethingNew(receipt.data.held, plans)) this.#note(link, receipt.data.held)
      if (receipt.data?.refused) this.#options.onRefused(link, receipt.data.refused)
      if (receipt.success) return
      link.end('malformed_message', COME_BACK_AFTER_MALFORMED_MS, 'receipt of plans')
      return
    }
  }

  #note({ facts: { providerId, serverId } }: Link, held: Held['held']): void {
    this.#holdings.add({ providerId, held: { serverId, held } }).catch((error) => {
      // Its next receipt says the same again.
      this.#options.processLog.error({ err: error, serverId }, 'A receipt of plans could not be written.')
    })
  }

  async #write(holdings: readonly Holding[]): Promise<undefined[]> {
    const { store, live } = this.#options
    for (const [providerId, ofProvider] of Map.groupBy(holdings, (holding) => holding.providerId)) {
      // Of several receipts of one server the last one counts.
      const newest = new Map(ofProvider.map(({ held }) => [held.serverId, held]))
      for (const event of await store.hold(providerId, [...newest.values()])) live.publish(event)
    }
    return holdings.map(() => undefined)
  }
}

/** Most agents that come back hold what they held before: that need not be written again. */
function saysSomethingNew(held: Held['held'], plans: readonly WantedPlan[]): boolean {
  const revisions = new Map(held.map(({ planId, revision }) => [planId, revision]))
  return plans.some(({ id, agentRevision }) => (revisions.get(id) ?? 0) !== agentRevision)
}

/** An older agent would take such a plan, leave out the databases without a word, and call that a success. */
function canHold(capabilities: readonly string[], { databases, commands, hooks }: WantedPlan): boolean {
  if (databases?.length && !has(capabilities, 'databases')) return false
  return (!commands?.length && !hooks) || has(capabilities, 'commands')
}
