/**
 * One proven link: an agent that we believe to be the server it says. What it sends is parsed here, at the door, and
 * handed on as facts; what it sends is hostile all the same, so everything is bounded, and what does not fit ends the
 * link.
 *
 * There are thousands of these. A link holds a few short texts and numbers, and no functions of its own.
 */
import {
  agentToPortal,
  type DownloadChunk,
  type DownloadChunkReceipt,
  type DownloadEnd,
  type LinkState,
  type Machine,
  nextState,
  type Progress,
  type RefusalCode,
  type Report,
  type RestoreProgress,
  WIRE,
} from '@holdfast/protocol'
import { lastHeardAt, untakenMessages } from './life.ts'
import type { Peer } from './peer.ts'
import type { LinkSocket } from './socket.ts'

export type LinkFacts = {
  readonly providerId: string
  readonly customerId: string
  readonly serverId: string
  /** `customer/server` */
  readonly name: string
  /** Where it comes from, or where we have dialled it. */
  readonly address: string
  readonly isDialled: boolean
  readonly instance: string
  readonly session: number
  readonly journalId: string
  readonly capabilities: readonly string[]
  /** By which its agent signs vault tokens; null where it has none. */
  readonly vaultKey: string | null
  /** What the portal itself has noticed of this link, such as `clock_skew`. */
  readonly notices: readonly RefusalCode[]
}

/** Who hears what links say: the gateway, once for all of them. */
export type LinkHooks = {
  /** Resolves with how far this journal is applied, once that is committed. */
  readonly reports: (link: Link, reports: readonly Report[]) => Promise<number>
  readonly progress: (link: Link, progress: Progress) => void
  readonly restoreProgress: (link: Link, progress: RestoreProgress) => void
  readonly downloads: () => DownloadIntake | null
  readonly machine: (link: Link, machine: Machine) => void
  /** It reports faster than it may, and was asked to wait. */
  readonly tooManyReports: (link: Link) => void
  readonly ended: (link: Link, code: RefusalCode, detail: string) => void
  readonly reportPace: ReportPace
  readonly untakenMax: number
}

/** Who takes the pieces of downloads (#downloads). */
export type DownloadIntake = {
  chunk(link: Link, chunk: DownloadChunk, acknowledge: (receipt: DownloadChunkReceipt) => void): Taken
  end(link: Link, end: DownloadEnd): Taken
  linkEnded(link: Link): void
}
/** `unknown`: given up meanwhile, or never asked for. `malformed`: no agent that means well sends this. */
export type Taken = 'taken' | 'unknown' | 'malformed'

/** How many facts a server may report in a row, and how many a second after that. */
export type ReportPace = { readonly inARow: number; readonly perSecond: number }
/** Months offline are a few thousand facts. */
export const REPORT_PACE: ReportPace = { inARow: 20_000, perSecond: 100 }

/** Messages that a link may leave untaken while it sends its own; far more than any that means well has to wait for. */
export const UNTAKEN_MAX = 10_000

/** An agent sends the next batch when the one before is acknowledged; a little slack costs nothing. */
const REPORTS_UNANSWERED_MAX = 4
/** All that an agent sends but its reports, which wait for each other: 50 a second, and bursts of 500. */
const MESSAGE_SPACING_MS = 20
const MESSAGE_BURST_MS = 500 * MESSAGE_SPACING_MS
const COME_BACK_AFTER_MALFORMED_MS = 60_000
const COME_BACK_WITH_REPORTS_MS_MIN = 1_000

type Waiting = (answer: unknown) => void

export class Link implements Peer {
  readonly facts: LinkFacts
  readonly #socket: LinkSocket
  readonly #hooks: LinkHooks
  #state: LinkState
  /** How far this journal's reports are committed. */
  #appliedThrough: number
  #reportsUnanswered = 0
  #messagesPaidUntil = 0
  #reportsPaidUntil = 0
  #waiting: Set<Waiting> | null = null
  #endedBy: { code: RefusalCode; detail: string } | null = null

  constructor(
    facts: LinkFacts,
    socket: LinkSocket,
    hooks: LinkHooks,
    state: LinkState,
    appliedThrough: number,
  ) {
    this.facts = facts
    this.#socket = socket
    this.#hooks = hooks
    this.#state = state
    this.#appliedThrough = appliedThrough
  }

  get isOnline(): boolean {
    return this.#state.name === 'online'
  }

  /** The last sign of life of any kind. */
  get lastHeardAt(): Date | null {
    const at = lastHeardAt(this.#socket)
    return at === null ? null : new Date(at)
  }

  send(event: string, payload: unknown): void {
    this.#socket.emit(event, payload)
  }

  /** The answer, unread; undefined when none came within the time, or the link ended. */
  request(event: string, payload: unknown, timeoutMs: number): Promise<unknown> {
    if (!this.isOnline) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#waiting ??= new Set()
      const waiting = this.#waiting
      const timer = setTimeout(() => settle(undefined), timeoutMs)
      const settle: Waiting = (answer) => {
        clearTimeout(timer)
        waiting.delete(settle)
        resolve(answer)
      }
      waiting.add(settle)
      // An answer without a word is one all the same: whoever hears of none asks again.
      this.#socket.emit(event, payload, (answer: unknown) => settle(answer ?? null))
    })
  }

  /** Says why and when to come back, then closes. */
  end(code: RefusalCode, comeBackInMs: number, detail = ''): void {
    if (this.#endedBy !== null || this.#state.name === 'offline') return
    this.#endedBy = { code, detail }
    this.#state = nextState(this.#state, { type: 'drain' })
    this.send(WIRE.portalToAgent.goodbye, { code, comeBackInMs })
    this.#socket.disconnect(true)
  }

  received(event: string, args: readonly unknown[]): void {
    if (!this.isOnline) return
    if (untakenMessages(this.#socket) > this.#hooks.untakenMax) {
      this.#malformed('takes no answers')
      return
    }
    const [payload] = args
    switch (event) {
      case WIRE.agentToPortal.reports:
        this.#takeReports(payload, acknowledgementIn(args))
        break
      case WIRE.agentToPortal.progress:
        this.#take(agentToPortal.progress, payload, event, this.#hooks.progress)
        break
      case WIRE.agentToPortal.machine:
        this.#take(agentToPortal.machine, payload, event, this.#hooks.machine)
        break
      case WIRE.agentToPortal.restoreProgress:
        this.#take(agentToPortal.restoreProgress, payload, event, this.#hooks.restoreProgress)
        break
      case WIRE.agentToPortal.downloadChunk:
        this.#takeChunk(payload, acknowledgementIn(args))
        break
      case WIRE.agentToPortal.downloadEnd:
        this.#takeEnd(payload)
        break
      default:
        this.#malformed(String(event))
    }
  }

  closed(code: RefusalCode): void {
    if (this.#state.name === 'offline') return
    const ended = this.#endedBy ?? { code, detail: '' }
    this.#state = nextState(this.#state, { type: 'ended', code: ended.code })
    for (const settle of [...(this.#waiting ?? [])]) settle(undefined)
    this.#hooks.ended(this, ended.code, ended.detail)
  }

  #takeReports(payload: unknown, acknowledge: Waiting | null): void {
    const parsed = agentToPortal.reports.safeParse(payload)
    if (!parsed.success || parsed.data.journalId !== this.facts.journalId) {
      this.#malformed(WIRE.agentToPortal.reports)
      return
    }
    if (this.#reportsUnanswered >= REPORTS_UNANSWERED_MAX) {
      this.#malformed('more reports before an answer than an agent sends')
      return
    }
    const retryAfterMs = this.#payForReports(parsed.data.reports.length)
    if (retryAfterMs > 0) {
      if (this.#isFlooding()) {
        this.#malformed('reports again and again, without waiting')
        return
      }
      this.#hooks.tooManyReports(this)
      acknowledge?.({
        appliedThrough: this.#appliedThrough,
        refused: { code: 'too_many_reports', retryAfterMs },
      })
      return
    }
    this.#reportsUnanswered += 1
    this.#hooks
      .reports(this, parsed.data.reports)
      .then((appliedThrough) => {
        this.#appliedThrough = appliedThrough
      })
      // Nothing was committed, so what the agent hears is how far we were before: it sends them again later.
      .catch(() => {})
      .finally(() => {
        this.#reportsUnanswered -= 1
        acknowledge?.({ appliedThrough: this.#appliedThrough })
      })
  }

  #take<T>(
    schema: { safeParse(payload: unknown): { success: true; data: T } | { success: false } },
    payload: unknown,
    event: string,
    hook: (link: Link, message: T) => void,
  ): void {
    const parsed = schema.safeParse(payload)
    if (!parsed.success) this.#malformed(event)
    else if (this.#isFlooding()) this.#malformed('more messages in a second than an agent sends')
    else hook(this, parsed.data)
  }

  /** Acknowledgements set the pace of what was asked for. Everything else is counted like any other message. */
  #takeChunk(payload: unknown, acknowledge: Waiting | null): void {
    const parsed = agentToPortal.downloadChunk.safeParse(payload)
    const taken = parsed.success
      ? (this.#hooks.downloads()?.chunk(this, parsed.data, (receipt) => acknowledge?.(receipt)) ?? 'unknown')
      : 'malformed'
    if (taken === 'malformed' || (taken === 'unknown' && this.#isFlooding()))
      this.#malformed(WIRE.agentToPortal.downloadChunk)
  }

  #takeEnd(payload: unknown): void {
    const parsed = agentToPortal.downloadEnd.safeParse(payload)
    const taken = parsed.success
      ? (this.#hooks.downloads()?.end(this, parsed.data) ?? 'unknown')
      : 'malformed'
    if (taken === 'malformed' || (taken === 'unknown' && this.#isFlooding()))
      this.#malformed(WIRE.agentToPortal.downloadEnd)
  }

  /** 0 when they may be taken, else after how many ms they may. Each takes up a little of the time to come. */
  #payForReports(count: number): number {
    const { inARow, perSecond } = this.#hooks.reportPace
    const now = performance.now()
    const paidUntil = Math.max(now, this.#reportsPaidUntil) + (count * 1_000) / perSecond
    const tooFarAheadMs = Math.ceil(paidUntil - now - (inARow * 1_000) / perSecond)
    if (tooFarAheadMs > 0) return Math.max(tooFarAheadMs, COME_BACK_WITH_REPORTS_MS_MIN)
    this.#reportsPaidUntil = paidUntil
    return 0
  }

  /** Each message takes up a little of the time to come. Whoever is too far ahead of the clock floods. */
  #isFlooding(): boolean {
    const now = performance.now()
    this.#messagesPaidUntil = Math.max(now, this.#messagesPaidUntil) + MESSAGE_SPACING_MS
    return this.#messagesPaidUntil - now > MESSAGE_BURST_MS
  }

  #malformed(what: string): void {
    this.end('malformed_message', COME_BACK_AFTER_MALFORMED_MS, what.slice(0, 200))
  }
}

function acknowledgementIn(args: readonly unknown[]): Waiting | null {
  const last = args.at(-1)
  return typeof last === 'function' ? (answer) => last(answer) : null
}
