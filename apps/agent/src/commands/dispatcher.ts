/**
 * Takes commands from portals. What a portal asks is suspect until the policy of this machine has allowed it, and
 * nothing is done twice:
 *
 *   received ──► known id? its earlier receipt ─────────────────────────────► receipt
 *            ──► policy, deadline, state ──► journal (accepted | refused) ──► receipt ──► running ──► came to …
 *                                               durable before the receipt leaves
 */
import {
  type CommandBody,
  type CommandKind,
  type CommandReceipt,
  command as commandMessage,
  type Refusal,
} from '@holdfast/protocol'
import { z } from 'zod'
import { Failure } from '../failure.ts'
import { whyForbidden } from '../permission.ts'
import { refusalOf } from '../runs/result.ts'
import type { JournalEntry } from '../state/commands.ts'
import { durably } from '../state/durably.ts'
import { cancelRun } from './cancel-run.ts'
import { createRepository } from './create-repository.ts'
import type { CommandOutcome, Execution, Handler, Workshop } from './handler.ts'
import { closeRepository, openRepository } from './open-repository.ts'
import { cancelRestore, restore } from './restore.ts'
import { setCredentials } from './set-credentials.ts'
import { startDrill } from './start-drill.ts'
import { startRun } from './start-run.ts'
import { testRepository } from './test-repository.ts'

const HANDLERS: { readonly [K in CommandKind]: Handler<K> } = {
  createRepository,
  setCredentials,
  testRepository,
  startRun,
  cancelRun,
  startDrill,
  restore,
  cancelRestore,
  openRepository,
  closeRepository,
}

/** What any version's command has around its body. */
const envelope = z.object({
  ...commandMessage.omit({ body: true }).shape,
  body: z.looseObject({ kind: z.string().max(64) }),
})
type Envelope = z.output<typeof envelope>

export class Dispatcher {
  readonly #workshop: Workshop
  readonly #stopping = new AbortController()
  readonly #executing = new Set<Promise<void>>()

  constructor(workshop: Workshop) {
    this.#workshop = workshop
  }

  /** The receipt, once it is durable. Null when the payload is no command at all. */
  receive(portalId: string, payload: unknown): CommandReceipt | null {
    const parsed = envelope.safeParse(payload)
    if (!parsed.success) return null
    const command = parsed.data
    const { state } = this.#workshop
    try {
      const known = state.commands.find(command.id)
      if (known !== null) return this.#receiptOf(known, portalId)
      const body = commandMessage.shape.body.safeParse(command.body).data ?? null
      const refusal = this.#whyNot(portalId, command, body)
      const receipt: CommandReceipt =
        refusal === null
          ? { outcome: 'accepted' }
          : { outcome: 'refused', code: refusal.code, detail: new Failure(refusal).refusal.detail ?? '' }
      state.commands.journal(portalId, { ...command, body: body ?? { kind: command.body.kind } }, receipt)
      this.#log(command, refusal)
      // After the receipt has left, but before anything else can arrive.
      if (refusal === null && body !== null) queueMicrotask(() => this.#start(portalId, command.id, body))
      return receipt
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      // Not in the journal, so never done: the portal may as well know at once.
      return { outcome: 'refused', code: error.code, detail: error.refusal.detail ?? '' }
    }
  }

  /** Takes up what was accepted by an agent that went down before it began. */
  resume({ id, portalId, body, expiresAt }: JournalEntry): void {
    const parsed = commandMessage.shape.body.safeParse(body)
    const { state } = this.#workshop
    if (parsed.success && expiresAt > Date.now()) {
      this.#start(portalId, id, parsed.data)
      return
    }
    state.transact(() => {
      state.commands.become(id, 'refused')
      const news = { type: 'commandChanged', state: 'refused', code: 'command_expired', detail: '' } as const
      state.outbox.add(portalId, { ...news, commandId: id })
    })
  }

  /** Resolves when everything that is being executed has ended. Stop the runs first. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#executing)
  }

  /** A portal that was left and joined again may repeat itself; what another portal asked is none of its business. */
  #receiptOf({ receipt, portalId: askedBy }: JournalEntry, portalId: string): CommandReceipt {
    if (askedBy === portalId || this.#workshop.state.portals.find(askedBy) === null) return receipt
    return { outcome: 'refused', code: 'malformed_message', detail: 'This id stands for another command.' }
  }

  #whyNot(portalId: string, command: Envelope, body: CommandBody | null): Refusal | null {
    if (body === null) {
      const isKnownKind = Object.hasOwn(HANDLERS, command.body.kind)
      return { code: isKnownKind ? 'malformed_message' : 'capability_missing', detail: command.body.kind }
    }
    const forbidden = this.#whyForbidden(portalId, body)
    if (forbidden !== null) return forbidden
    if (command.expiresInMs === 0) return { code: 'command_expired' }
    return handlerOf(body).check(body, portalId, this.#workshop)
  }

  #whyForbidden(portalId: string, body: CommandBody): Refusal | null {
    const { policy } = handlerOf(body)
    const request = typeof policy === 'function' ? policy(body) : policy
    return whyForbidden(this.#workshop.state, portalId, request, body)
  }

  #start(portalId: string, commandId: string, body: CommandBody): void {
    const executing = this.#execute(portalId, commandId, body)
      .catch((error: unknown) => {
        const { code, detail = '' } = refusalOf(error)
        this.#workshop.tell({
          level: 'error',
          subject: 'command',
          code,
          text: `${commandId} has no result: ${detail}`,
        })
      })
      .finally(() => this.#executing.delete(executing))
    this.#executing.add(executing)
  }

  async #execute(portalId: string, commandId: string, body: CommandBody): Promise<void> {
    const execution = this.#execution(portalId, commandId)
    try {
      const handler = handlerOf(body)
      // Since it was accepted, the agent may have been down, and the site may have changed its mind.
      const refusal = this.#whyForbidden(portalId, body) ?? handler.check(body, portalId, this.#workshop)
      if (refusal !== null) return await execution.end({ state: 'failed', ...refusal })
      await handler.execute(body, execution, this.#workshop)
    } catch (error) {
      await execution.end({ state: 'failed', ...refusalOf(error) })
    }
  }

  #execution(portalId: string, commandId: string): Execution {
    const { state } = this.#workshop
    const change = (to: 'running' | CommandOutcome['state'], refusal: Partial<Refusal>, also?: () => void) =>
      state.transact(() => {
        also?.()
        state.commands.become(commandId, to)
        const { code = null, detail = '' } = refusal
        state.outbox.add(portalId, { type: 'commandChanged', commandId, state: to, code, detail })
      })
    return {
      commandId,
      portalId,
      begin: (also) => change('running', {}, also),
      end: ({ state: to, ...refusal }, also) =>
        durably(() => change(to, refusal, also), {
          signal: this.#stopping.signal,
          onDelay: ({ code, message }) =>
            this.#workshop.tell({ level: 'error', subject: 'agent', code, text: message }),
        }),
    }
  }

  #log({ body, by, reason }: Envelope, refusal: Refusal | null): void {
    const asked = `${body.kind} by ${by || 'nobody'}${reason ? `: ${reason}` : ''}`
    const detail = refusal?.detail ? ` (${refusal.detail})` : ''
    this.#workshop.tell({
      level: refusal === null ? 'info' : 'warn',
      subject: 'command',
      code: refusal?.code ?? null,
      text: refusal === null ? `Accepted ${asked}` : `Refused ${asked}${detail}`,
    })
  }
}

/** TypeScript cannot see that a body's kind leads to the handler of that very kind. */
function handlerOf(body: CommandBody): Handler<CommandKind> {
  return HANDLERS[body.kind] as Handler<CommandKind>
}
