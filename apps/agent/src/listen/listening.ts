/**
 * Listening, as the running agent does it: what the state says is set, taken up, and tried again where it could not be.
 * The server part of socket.io is loaded only here: an agent that dials has no use for it.
 */
import { type Machine, REFUSALS, type Refusal } from '@holdfast/protocol'
import { inOneLine } from '../failure.ts'
import type { Link } from '../link/link.ts'
import type { AddedRule } from '../state/listening.ts'
import type { LogNews } from '../state/log.ts'
import type { State } from '../state/state.ts'
import { Calls } from './calls.ts'
import { ownCertificate } from './certificate.ts'
import { OwnRule } from './firewall/firewall.ts'
import type { Listener } from './listener.ts'
import { refusalOf, where } from './port.ts'

export type ListeningContext = {
  readonly state: State
  readonly links: () => Iterable<Link>
  readonly describeMachine: () => Promise<Machine>
  readonly tell: (news: LogNews) => void
  readonly ownRule?: OwnRule
}

/** What `status` says of it. `refusal`: why it does not listen, although it should. */
export type ListeningView = {
  readonly address: string | null
  readonly port: number
  readonly refusal: Refusal | null
  /** What became of the rule in this machine's firewall; null where nothing was to be done. */
  readonly firewall: string | null
}

const TRY_AGAIN_MS = 15_000

type Open = {
  readonly address: string | null
  readonly port: number
  readonly listener: Listener
  readonly calls: Calls
  rule: AddedRule | null
}

export class Listening {
  readonly #context: ListeningContext
  readonly #ownRule: OwnRule
  #open: Open | null = null
  #refusal: Refusal | null = null
  #firewall: string | null = null
  #retry: NodeJS.Timeout | undefined
  /** One change after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(context: ListeningContext) {
    this.#context = context
    this.#ownRule = context.ownRule ?? new OwnRule()
  }

  /** Null: nothing is set. */
  get view(): ListeningView | null {
    const wanted = this.#context.state.listening.get()
    if (wanted === null) return null
    const { address, port } = wanted
    return { address, port: this.#open?.port ?? port, refusal: this.#refusal, firewall: this.#firewall }
  }

  /** Makes it what the state says. */
  takeUp(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#takeUp())
    return this.#turn
  }

  /** Ends what is not proven yet. */
  async stopCalls(): Promise<void> {
    await this.#open?.calls.stop()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#retry)
    this.#turn = this.#turn.then(() => this.#close())
    await this.#turn
  }

  async #takeUp(): Promise<void> {
    clearTimeout(this.#retry)
    const wanted = this.#context.state.listening.get()
    const isSame = this.#open?.address === wanted?.address && this.#open?.port === wanted?.port
    if (isSame && this.#open !== null) return
    await this.#close()
    this.#refusal = null
    this.#firewall = null
    if (wanted === null) return
    // Left by an agent that was cut off.
    if (wanted.rule !== null) await this.#takeAway(wanted.rule)
    const { address, port } = wanted
    try {
      await this.#begin(address, port)
      this.#tell('info', null, `Waiting for a portal to dial ${where(address, port)}`)
      await this.#letIn()
    } catch (error) {
      const refusal = refusalOf(error, address, port)
      this.#refusal = refusal
      this.#tell('error', refusal.code, inOneLine(refusal))
      this.#retry = setTimeout(() => void this.takeUp(), TRY_AGAIN_MS).unref()
    }
  }

  async #begin(address: string | null, port: number): Promise<void> {
    const { state } = this.#context
    const { Listener } = await import('./listener.ts')
    const calls = new Calls(this.#context)
    const listener = new Listener({
      certificate: ownCertificate(state.folder),
      onCaller: calls.take,
      onPlainHttp: (from) =>
        this.#context.tell({
          level: 'warn',
          subject: `call from ${from}`,
          code: 'plain_to_tls',
          text: REFUSALS.plain_to_tls.title,
        }),
    })
    await listener.listen(address, port)
    this.#open = { address, port, listener, calls, rule: null }
  }

  async #close(): Promise<void> {
    const open = this.#open
    this.#open = null
    if (open === null) return
    await open.calls.stop()
    await open.listener.close()
    if (open.rule !== null) await this.#takeAway(open.rule)
  }

  /** Has this machine's own firewall let portals in. */
  async #letIn(): Promise<void> {
    if (this.#open === null) return
    const { address, port } = this.#open
    const { rule, level, told } = await this.#ownRule.open({ address, port })
    this.#open.rule = rule
    this.#firewall = told
    if (rule !== null) this.#context.state.listening.setRule(rule)
    if (told !== null) this.#tell(level, null, told)
  }

  async #takeAway(rule: AddedRule): Promise<void> {
    const warning = await this.#ownRule.close(rule)
    if (warning === null) this.#context.state.listening.setRule(null)
    else this.#tell('warn', null, warning)
  }

  #tell(level: LogNews['level'], code: LogNews['code'], text: string): void {
    this.#context.tell({ level, subject: 'listener', code, text })
  }
}
