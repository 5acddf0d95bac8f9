/**
 * The link to one portal, for as long as the agent runs: dials, proves, serves, waits, and dials again. The states are
 * those of the protocol (link-state.ts there), computed by its `nextState`; every change has a code and is told.
 *
 *        ┌────────── wait: full jitter, or the portal's own word ◄─────────┐
 *        ▼                                                                 │
 *   dial (dial.ts) ──► prove (handshake.ts) ──► session (session.ts) ──► offline(code)
 *                      called, proven (listen/) ────┘
 *
 * A portal that has called and proven itself takes the place of whatever this end was at: it calls only when it has no
 * link to us, and the greater session number wins there as well.
 *
 * Runs know nothing of all this: they go on, and their facts wait in the outbox.
 */
import { setTimeout as pause } from 'node:timers/promises'
import {
  type LinkEvent,
  type LinkState,
  type Machine,
  nextState,
  type Progress,
  REFUSALS,
  type Refusal,
  type RefusalCode,
  type RestoreProgress,
} from '@holdfast/protocol'
import { Failure, inOneLine } from '../failure.ts'
import type { LogNews } from '../state/log.ts'
import type { Portal } from '../state/portals.ts'
import type { State } from '../state/state.ts'
import { Backoff, type BackoffBounds } from './backoff.ts'
import { dial } from './dial.ts'
import { type ProvenLine, prove } from './handshake.ts'
import type { Inbox } from './inbox.ts'
import { type Line, placeOf, type Way } from './line.ts'
import { Rounds } from './rounds.ts'
import { Session } from './session.ts'

export type LinkContext = {
  readonly state: State
  readonly inbox: Inbox
  readonly describeMachine: () => Promise<Machine>
  readonly tell: (news: LogNews) => void
  readonly backoff?: BackoffBounds
}

/** What `status` says of a link, with the evidence for it. Times are milliseconds since 1970. */
export type LinkView = {
  readonly state: LinkState['name']
  /** Why it is offline, or was last. Null before the first try. */
  readonly refusal: Refusal | null
  readonly address: string
  /** How the line to it came about; null without one. */
  readonly way: Way | null
  /** The portal has dialled this agent: `address` is where it came from. */
  readonly isCalled: boolean
  readonly since: number
  /** When the portal last gave a sign of life on this link; null while it is not online. */
  readonly lastHeardAt: number | null
  readonly nextDialAt: number | null
  readonly notices: readonly RefusalCode[]
}

/** How one attempt ended. `wasAnswered`: a Holdfast portal answered, so its other addresses need not be tried. */
type Attempt = { readonly refusal: Refusal; readonly wasAnswered: boolean; readonly lastedMs: number }

/** A link that stood for so long was a good one: the next wait is short again. */
const STEADY_MS = 10_000
/** Ends that somebody meant. */
const ORDERLY: ReadonlySet<RefusalCode> = new Set(['agent_stopped', 'portal_closing', 'superseded'])
/** How long the last reports may take when the agent ends. */
const LAST_REPORTS_MS = 3_000

export class Link {
  readonly portalId: string
  readonly #portal: Portal
  readonly #context: LinkContext
  readonly #backoff: Backoff
  readonly #stopping = new AbortController()
  #running: Promise<void> = Promise.resolve()
  /** Our own dial in progress with the wait after it, and what cuts it short. */
  #dialing: Promise<void> = Promise.resolve()
  #giveWay = new AbortController()
  /** The portal's calls, the newest of which counts. */
  #called: Promise<void> = Promise.resolve()
  #calls = 0
  #isCalled = false
  #state: LinkState = { name: 'offline', code: 'never_connected' }
  #since = Date.now()
  #refusal: Refusal | null = null
  #address = ''
  readonly #rounds: Rounds
  #line: Line | null = null
  #nextDialAt: number | null = null
  #notices: readonly RefusalCode[] = []
  #session: Session | null = null

  /** A portal whose name, addresses or password change gets a new link. */
  constructor(portal: Portal, context: LinkContext) {
    this.portalId = portal.id
    this.#portal = portal
    this.#context = context
    this.#rounds = new Rounds(portal.addresses, portal.lastAddress)
    this.#backoff = new Backoff(context.backoff)
  }

  /** `customer/server`, as this portal knows us. */
  get name(): string {
    return this.#portal.name
  }

  get view(): LinkView {
    return {
      state: this.#state.name,
      refusal: this.#refusal,
      address: this.#address,
      way: this.#line?.way ?? null,
      isCalled: this.#isCalled,
      since: this.#since,
      lastHeardAt: this.#session?.lastHeardAt ?? null,
      nextDialAt: this.#nextDialAt,
      notices: this.#notices,
    }
  }

  start(): void {
    this.#running = this.#live()
  }

  /** Gives the last reports a moment, then ends the link in an orderly way. */
  async stop(): Promise<void> {
    const patience = pause(LAST_REPORTS_MS, undefined, { ref: false })
    await Promise.race([this.#session?.whenReported(), patience])
    this.#stopping.abort()
    this.#session?.close()
    await this.#running
    await this.#called
  }

  /** The portal has dialled this agent, and proven itself on that line. */
  called(portal: Portal, proven: ProvenLine): void {
    const before = Promise.all([this.#dialing, this.#called])
    this.#giveWay.abort()
    this.#session?.close()
    this.#calls += 1
    this.#called = this.#serveCall(portal, proven, before)
  }

  /** Live progress: lost when there is no link at this moment. */
  progress(progress: Progress): void {
    this.#session?.progress(progress)
  }

  /** The same of a restore. */
  restoreProgress(progress: RestoreProgress): void {
    this.#session?.restoreProgress(progress)
  }

  /** Tells the portal what may have changed on this machine; without a link, the next proof says it. */
  async refreshMachine(): Promise<void> {
    if (this.#session === null) return
    try {
      const machine = await this.#context.describeMachine()
      this.#session?.machine({ ...machine, notices: [...machine.notices, ...this.#notices] })
    } catch (error) {
      this.#reasonOf(error)
    }
  }

  async #live(): Promise<void> {
    const { signal } = this.#stopping
    // Without an address there is nothing to dial: the portal calls.
    while (!signal.aborted && this.#portal.addresses.length > 0) {
      this.#giveWay = new AbortController()
      this.#dialing = this.#dialOnce(AbortSignal.any([signal, this.#giveWay.signal]))
      await this.#dialing
      await this.#untilNotCalled()
    }
  }

  async #untilNotCalled(): Promise<void> {
    for (let served = -1; served !== this.#calls; ) {
      served = this.#calls
      await this.#called
    }
  }

  /** One attempt, and the wait after it. */
  async #dialOnce(signal: AbortSignal): Promise<void> {
    this.#isCalled = false
    this.#address = this.#rounds.next()
    const calls = this.#calls
    const { refusal, wasAnswered, lastedMs } = await this.#attempt(signal)
    this.#ended(calls, refusal)
    if (lastedMs >= STEADY_MS) this.#backoff.reset()
    if (wasAnswered) this.#rounds.answered()
    if (this.#rounds.isOver) await this.#wait(this.#backoff.next(refusal.retryAfterMs), signal)
  }

  async #serveCall(portal: Portal, proven: ProvenLine, before: Promise<unknown>): Promise<void> {
    const calls = this.#calls
    const { line } = proven
    await before
    this.#giveWay = new AbortController()
    const signal = AbortSignal.any([this.#stopping.signal, this.#giveWay.signal])
    try {
      if (signal.aborted) return
      this.#isCalled = true
      this.#address = line.address
      this.#change({ type: 'opened' })
      this.#change({ type: 'challenged' })
      const refusal = await this.#serve(portal, proven).catch((error: unknown) => this.#reasonOf(error))
      this.#ended(calls, refusal)
      if (this.#portal.addresses.length > 0)
        await this.#wait(this.#backoff.next(refusal.retryAfterMs), signal)
    } finally {
      line.close()
    }
  }

  /** @param calls how many there had been when it began: a later one has taken its place. */
  #ended(calls: number, refusal: Refusal): void {
    const isOvertaken = calls !== this.#calls && !this.#stopping.signal.aborted
    const why: Refusal = isOvertaken ? { code: 'superseded' } : refusal
    this.#change({ type: 'ended', code: why.code }, why)
  }

  /** One dial and all that comes of it, up to its end. */
  async #attempt(signal: AbortSignal): Promise<Attempt> {
    let wasAnswered = false
    let line: Line | null = null
    try {
      this.#change({ type: 'dial' })
      const { state, describeMachine } = this.#context
      const portal = state.portals.find(this.portalId)
      if (portal === null) throw new Failure({ code: 'not_joined' })
      const { name, password, journalId } = portal
      const { instance } = state.identity
      const introduction = { name, password, instance, journalId, session: state.identity.nextSession() }
      line = await dial(this.#address, { signal, proxy: portal.proxy })
      this.#change({ type: 'opened' })
      const onChallenged = () => {
        wasAnswered = true
        this.#change({ type: 'challenged' })
      }
      const machine = await describeMachine()
      const proven = await prove(line, { ...introduction, machine }, { signal, onChallenged })
      const onlineAt = Date.now()
      const refusal = await this.#serve(portal, proven)
      return { refusal, wasAnswered, lastedMs: Date.now() - onlineAt }
    } catch (error) {
      const refusal = this.#reasonOf(error)
      // A box that opens TLS stands on one way; another may lead past it.
      const isOfPortal = wasAnswered && refusal.code !== 'tls_intercepted'
      return { refusal, wasAnswered: isOfPortal || refusal.retryAfterMs !== undefined, lastedMs: 0 }
    } finally {
      line?.close()
    }
  }

  /** Works over a proven line; resolves with the reason when it has ended. */
  async #serve(portal: Portal, { line, welcome, notices }: ProvenLine): Promise<Refusal> {
    const { state, inbox } = this.#context
    if (welcome.appliedThrough > state.outbox.lastSequence(portal.id)) {
      state.outbox.beginNewJournal(portal.id)
      this.#tell('warn', null, 'This state came back from a backup: a new journal of reports was begun.')
      return { code: 'session_stale', retryAfterMs: 0 }
    }
    state.outbox.applied(portal.id, welcome.appliedThrough)
    // On a line that the portal has dialled, the certificate is our own.
    const seen = this.#isCalled ? portal.certificate : line.channel.certificate.sha256
    this.#notices = [...notices, ...this.#certificateNotices(portal, seen)]
    const dialled = this.#isCalled ? null : line.address
    if (dialled !== null) this.#rounds.worked(dialled)
    this.#line = line
    state.portals.proven(portal.id, welcome.portalName, seen, dialled)
    this.#change({ type: 'proven' })
    for (const code of this.#notices) this.#tell('warn', code, REFUSALS[code].title)
    const session = new Session(state, inbox, portal.id, line, {
      onFailure: (error) => this.#reasonOf(error),
      onDrain: () => this.#change({ type: 'drain' }),
      onMalformed: (event) =>
        this.#tell('warn', 'malformed_message', `Not understood: ${event.slice(0, 100)}`),
    })
    this.#session = session
    // The proof said what holds on this machine; what showed only on the way to it is said now.
    if (this.#notices.length > notices.length) void this.refreshMachine()
    try {
      return await session.ended
    } finally {
      this.#session = null
      this.#line = null
    }
  }

  #certificateNotices(portal: Portal, seen: string | null): RefusalCode[] {
    return portal.certificate !== null && portal.certificate !== seen ? ['certificate_changed'] : []
  }

  #reasonOf(error: unknown): Refusal {
    if (error instanceof Failure) {
      if (REFUSALS[error.code].kind === 'failure') this.#tell('error', error.code, error.message)
      return error.refusal
    }
    const text = error instanceof Error ? error.message : String(error)
    this.#tell('error', null, `A mistake of the agent: ${text}`)
    return { code: 'connection_lost' }
  }

  #change(event: LinkEvent, refusal: Refusal | null = null): void {
    const before = this.#state
    this.#state = nextState(before, event)
    if (this.#state.name === before.name) return
    this.#since = Date.now()
    if (this.#state.name === 'online') {
      this.#refusal = null
      this.#tell('info', null, `Online ${this.#isCalled ? 'from' : 'at'} ${this.#place}`)
    } else if (this.#state.name === 'offline') {
      this.#notices = []
      this.#refusal = refusal
      const { code } = this.#state
      this.#tell(ORDERLY.has(code) ? 'info' : 'warn', code, inOneLine({ code, detail: refusal?.detail }))
    }
  }

  get #place(): string {
    return this.#line === null ? this.#address : placeOf(this.#line)
  }

  #tell(level: LogNews['level'], code: RefusalCode | null, text: string): void {
    this.#context.tell({ level, subject: `link ${this.#portal.name}`, code, text })
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    this.#nextDialAt = Date.now() + ms
    await pause(ms, undefined, { signal }).catch(() => {})
    this.#nextDialAt = null
  }
}
