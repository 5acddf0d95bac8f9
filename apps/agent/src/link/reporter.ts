/**
 * Sends a portal its reports over one proven link, oldest first, the next batch only after the one before is applied.
 * A report leaves the outbox when the portal says that it is committed there, and not before.
 */
import { type Report, reportsReceipt, WIRE } from '@holdfast/protocol'
import { decide } from '../policy.ts'
import type { State } from '../state/state.ts'
import type { Line } from './line.ts'

/** How long a portal may take to commit a batch before it is sent again, and how long to wait then. */
const APPLY_MS_MAX = 30_000
const AGAIN_AFTER_MS = 5_000
/** Whatever the portal asks for. */
const AGAIN_AFTER_MS_MIN = 250

export class Reporter implements Disposable {
  readonly #state: State
  readonly #portalId: string
  /** As it was proven: a new one begins on the next link. */
  readonly #journalId: string
  readonly #line: Line
  readonly #onFailure: (failure: unknown) => void
  readonly #stopListening: () => void
  #isSending = false
  #isOver = false
  #again: NodeJS.Timeout | undefined
  #idle: (() => void)[] = []

  constructor(state: State, portalId: string, line: Line, onFailure: (failure: unknown) => void) {
    this.#state = state
    this.#portalId = portalId
    this.#journalId = state.portals.find(portalId)?.journalId ?? ''
    this.#line = line
    this.#onFailure = onFailure
    this.#stopListening = state.outbox.onNews(() => this.send())
  }

  /** Sends what is waiting, until nothing is. Call it whenever there may be something. */
  send(): void {
    if (this.#isSending || this.#isOver || this.#again !== undefined) return
    const reports = this.#waiting()
    if (reports === null) {
      this.#sendLater()
      return
    }
    if (reports.length === 0) {
      for (const tell of this.#idle.splice(0)) tell()
      return
    }
    this.#isSending = true
    void this.#deliver(reports).then((againAfterMs) => {
      this.#isSending = false
      if (againAfterMs === null) this.send()
      else this.#sendLater(againAfterMs)
    })
  }

  /** Null when the state cannot be read at this moment. */
  #waiting(): readonly Report[] | null {
    try {
      return mayReport(this.#state, this.#portalId) ? this.#state.outbox.next(this.#portalId) : []
    } catch (error) {
      this.#onFailure(error)
      return null
    }
  }

  /** Null when they are applied, else after how long to send again what is not. */
  async #deliver(reports: readonly Report[]): Promise<number | null> {
    const batch = { journalId: this.#journalId, reports }
    const answer = await this.#line.request(WIRE.agentToPortal.reports, batch, APPLY_MS_MAX)
    const receipt = reportsReceipt.safeParse(answer)
    const through = receipt.data?.appliedThrough ?? 0
    const askedForMs = receipt.data?.refused?.retryAfterMs
    const againAfterMs = Math.max(askedForMs ?? AGAIN_AFTER_MS, AGAIN_AFTER_MS_MIN)
    if (this.#isOver || through < (reports[0]?.sequence ?? 0)) return againAfterMs
    try {
      // A portal cannot have applied what was not sent yet.
      this.#state.outbox.applied(this.#portalId, Math.min(through, reports.at(-1)?.sequence ?? 0))
      return askedForMs === undefined ? null : againAfterMs
    } catch (error) {
      this.#onFailure(error)
      return againAfterMs
    }
  }

  /** Resolves when the portal has applied everything. */
  whenDone(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      this.send()
    })
  }

  [Symbol.dispose](): void {
    this.#isOver = true
    clearTimeout(this.#again)
    this.#stopListening()
    for (const tell of this.#idle.splice(0)) tell()
  }

  #sendLater(ms = AGAIN_AFTER_MS): void {
    if (this.#isOver) return
    this.#again = setTimeout(() => {
      this.#again = undefined
      this.send()
    }, ms)
  }
}

export function mayReport(state: State, portalId: string): boolean {
  const portal = state.portals.find(portalId)
  return portal !== null && decide(portal.policy, { kind: 'report' }).allowed
}
