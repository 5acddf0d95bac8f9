/**
 * One proven line at work: reports go out, plans, commands and questions come in, until it ends. Whatever ends it has a
 * code.
 *
 *   proven ──► reports, machine ──────────────────────────────► ended(code)
 *                 └── goodbye: draining, the portal closes ────► ended(its code, when to come back)
 */
import {
  type Machine,
  type Progress,
  portalToAgent,
  type Refusal,
  type RefusalCode,
  type RestoreProgress,
  WIRE,
} from '@holdfast/protocol'
import type { DownloadWay } from '../downloads/pump.ts'
import type { State } from '../state/state.ts'
import { type Inbox, receive } from './inbox.ts'
import type { Line, LineEvent } from './line.ts'
import { mayReport, Reporter } from './reporter.ts'

export type SessionHooks = {
  readonly onDrain: () => void
  readonly onMalformed: (event: string) => void
  /** The state cannot be written or read. */
  readonly onFailure: (failure: unknown) => void
}

/** How long a portal that has said goodbye may take to close the line. */
const GOODBYE_MS = 10_000

export class Session {
  readonly ended: Promise<Refusal>
  readonly #state: State
  readonly #portalId: string
  readonly #line: Line
  readonly #reporter: Reporter
  readonly #over = new AbortController()
  readonly #way: DownloadWay

  constructor(state: State, inbox: Inbox, portalId: string, line: Line, hooks: SessionHooks) {
    this.#state = state
    this.#portalId = portalId
    this.#line = line
    this.#way = {
      ended: this.#over.signal,
      request: (event, payload, timeoutMs) => line.request(event, payload, timeoutMs),
      send: (event, payload) => line.send(event, payload),
    }
    this.#reporter = new Reporter(state, portalId, line, hooks.onFailure)
    this.ended = this.#untilEnd(inbox, hooks)
    this.#reporter.send()
  }

  get lastHeardAt(): number {
    return this.#line.lastHeardAt
  }

  progress(progress: Progress): void {
    if (mayReport(this.#state, this.#portalId)) this.#line.sendIfClear(WIRE.agentToPortal.progress, progress)
  }

  restoreProgress(progress: RestoreProgress): void {
    if (mayReport(this.#state, this.#portalId))
      this.#line.sendIfClear(WIRE.agentToPortal.restoreProgress, progress)
  }

  machine(machine: Machine): void {
    if (mayReport(this.#state, this.#portalId)) this.#line.send(WIRE.agentToPortal.machine, machine)
  }

  /** Resolves when the portal has applied all reports. */
  whenReported(): Promise<void> {
    return this.#reporter.whenDone()
  }

  close(): void {
    this.#line.close()
  }

  #untilEnd(inbox: Inbox, { onDrain, onMalformed, onFailure }: SessionHooks): Promise<Refusal> {
    return new Promise((resolve) => {
      let goodbye: Refusal | null = null
      let patience: NodeJS.Timeout | undefined
      const onEnd = (code: RefusalCode) => {
        clearTimeout(patience)
        this.#reporter[Symbol.dispose]()
        this.#over.abort()
        resolve(goodbye ?? { code })
      }
      const onGoodbye = (payload: unknown) => {
        const parsed = portalToAgent.goodbye.safeParse(payload)
        if (!parsed.success) return onMalformed(WIRE.portalToAgent.goodbye)
        goodbye = { code: parsed.data.code, retryAfterMs: parsed.data.comeBackInMs }
        patience ??= setTimeout(() => this.#line.close(), GOODBYE_MS)
        onDrain()
      }
      const onEvent = (event: LineEvent) => {
        if (event.type === 'ended') onEnd(event.code)
        else if (event.event === WIRE.portalToAgent.goodbye) onGoodbye(event.payload)
        else {
          const hooks = { onMalformed: () => onMalformed(event.event), onFailure, way: this.#way }
          receive(inbox, this.#portalId, event, hooks)
        }
      }
      this.#line.listen(onEvent)
    })
  }
}
