/**
 * What is said on a line that somebody else opened. The caller names the server that he calls for, in plain; then the
 * handshake takes its course, the agent as the prover, and only a caller that has proven to be that portal gets a link.
 *
 * There is no telling from outside which names this server has: for one that it does not have, it goes through the same
 * handshake with a password that nobody knows.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { LIMITS, type Machine, REFUSALS, type Refusal, type RefusalCode, WIRE } from '@holdfast/protocol'
import { readHandshake } from '@holdfast/protocol/handshake'
import { Failure } from '../failure.ts'
import { prove } from '../link/handshake.ts'
import type { Line, LineEvent } from '../link/line.ts'
import type { Link } from '../link/link.ts'
import type { LogNews } from '../state/log.ts'
import type { State } from '../state/state.ts'
import type { Caller } from './listener.ts'

export type CallContext = {
  readonly state: State
  readonly links: () => Iterable<Link>
  readonly describeMachine: () => Promise<Machine>
  readonly tell: (news: LogNews) => void
}

/** Endings that say nothing of the caller: a port scan, or the agent itself going away. */
const NOT_WORTH_A_LINE: ReadonlySet<RefusalCode> = new Set(['agent_stopped', 'connection_lost'])

export class Calls {
  readonly #context: CallContext
  readonly #stopping = new AbortController()
  readonly #inProgress = new Set<Promise<void>>()
  #turn = 0

  constructor(context: CallContext) {
    this.#context = context
  }

  readonly take = (caller: Caller): void => {
    const call = this.#answer(caller).finally(() => this.#inProgress.delete(call))
    this.#inProgress.add(call)
  }

  /** Ends those that are not proven yet. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#inProgress)
  }

  async #answer({ line, address, mayTry, proven }: Caller): Promise<void> {
    const { state, describeMachine } = this.#context
    const { signal } = this.#stopping
    let name = ''
    try {
      name = await calledFor(line, signal)
      const retryAfterMs = mayTry()
      if (retryAfterMs !== null) throw new Failure({ code: 'too_many_attempts', retryAfterMs })
      const link = this.#linkFor(name)
      const portal = link === null ? null : state.portals.find(link.portalId)
      const password = portal?.password ?? randomBytes(24).toString('base64url')
      const journalId = portal?.journalId ?? randomUUID()
      const { instance } = state.identity
      const session = state.identity.nextSession()
      const machine = await describeMachine()
      const done = await prove(line, { name, password, instance, journalId, session, machine }, { signal })
      proven()
      if (link === null || portal === null) throw new Failure({ code: 'proof_invalid' })
      link.called(portal, done)
    } catch (error) {
      if (error instanceof Failure && error.code === 'too_many_attempts') refuse(line, error.refusal)
      line.close()
      this.#tellFailed(address, name, error)
    }
  }

  /** Portals that know this server by the same name take turns; one that is not linked comes first. */
  #linkFor(name: string): Link | null {
    const named = [...this.#context.links()].filter((link) => link.name === name)
    const waiting = named.filter((link) => link.view.state !== 'online')
    const candidates = waiting.length > 0 ? waiting : named
    this.#turn += 1
    return candidates[this.#turn % candidates.length] ?? null
  }

  #tellFailed(address: string, name: string, error: unknown): void {
    const code = error instanceof Failure ? error.code : null
    if (code !== null && NOT_WORTH_A_LINE.has(code)) return
    const isKnown = [...this.#context.links()].some((link) => link.name === name)
    const what = code === null ? String(error) : REFUSALS[code].title
    const text =
      isKnown || name === '' ? what : `${what}: called for ${name}, which is no name of this server`
    this.#context.tell({ level: 'warn', subject: `call from ${address}`, code, text })
  }
}

/** The caller's first word. Fails when it is anything else, or does not come. */
function calledFor(line: Line, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      line.stopListening()
      end()
    }
    const fail = (refusal: Refusal) => settle(() => reject(new Failure(refusal)))
    const onAbort = () => fail({ code: 'agent_stopped' })
    const timer = setTimeout(() => fail({ code: 'handshake_timeout' }), LIMITS.handshakeMsMax)
    const onEvent = (event: LineEvent) => {
      if (event.type === 'ended') return fail({ code: event.code })
      if (event.event !== WIRE.handshake) return fail({ code: 'handshake_expected' })
      const read = readHandshake(event.payload)
      if (!read.ok) return fail({ code: read.code })
      const { message } = read
      if (message.type !== 'callingFor') return fail({ code: 'malformed_message' })
      settle(() => resolve(message.name))
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    line.listen(onEvent)
  })
}

function refuse(line: Line, { code, retryAfterMs }: Refusal): void {
  const sealed = JSON.stringify({ code, retryAfterMs })
  line.send(WIRE.handshake, JSON.stringify({ type: 'refused', sealed, mac: null }))
}
