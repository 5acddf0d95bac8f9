/**
 * Listening, as the running agent does it: what the state says is set, taken up, and tried again where it could not be.
 * The server part of socket.io is loaded only here: an agent that dials has no use for it.
 */
import { type Machine, REFUSALS, type Refusal } from '@holdfast/protocol'
import { Failure, inOneLine } from '../failure.ts'
import type { Link } from '../link/link.ts'
import type { LogNews } from '../state/log.ts'
import type { State } from '../state/state.ts'
import { Calls } from './calls.ts'
import { ownCertificate } from './certificate.ts'
import type { Listener } from './listener.ts'
import { whoHolds } from './port-holder.ts'

export type ListeningContext = {
  readonly state: State
  readonly links: () => Iterable<Link>
  readonly describeMachine: () => Promise<Machine>
  readonly tell: (news: LogNews) => void
}

/** What `status` says of it. `refusal`: why it does not listen, although it should. */
export type ListeningView = {
  readonly address: string | null
  readonly port: number
  readonly refusal: Refusal | null
}

const TRY_AGAIN_MS = 15_000

type Open = {
  readonly address: string | null
  readonly port: number
  readonly listener: Listener
  readonly calls: Calls
}

export class Listening {
  readonly #context: ListeningContext
  #open: Open | null = null
  #refusal: Refusal | null = null
  #retry: NodeJS.Timeout | undefined
  /** One change after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(context: ListeningContext) {
    this.#context = context
  }

  /** Null: nothing is set. */
  get view(): ListeningView | null {
    const wanted = this.#context.state.listening.get()
    if (wanted === null) return null
    const { address, port } = wanted
    return { address, port: this.#open?.port ?? port, refusal: this.#refusal }
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
    if (wanted === null) return
    const { address, port } = wanted
    try {
      await this.#begin(address, port)
      this.#tell('info', null, `Waiting for a portal to dial ${where(address, port)}`)
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
    this.#open = { address, port, listener, calls }
  }

  async #close(): Promise<void> {
    const open = this.#open
    this.#open = null
    if (open === null) return
    await open.calls.stop()
    await open.listener.close()
  }

  #tell(level: LogNews['level'], code: LogNews['code'], text: string): void {
    this.#context.tell({ level, subject: 'listener', code, text })
  }
}

export function where(address: string | null, port: number): string {
  if (address === null) return `port ${port}`
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** Why a port could not be listened on. */
export function refusalOf(error: unknown, address: string | null, port: number): Refusal {
  if (error instanceof Failure) return error.refusal
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EADDRINUSE') {
    const holder = whoHolds(port)
    return {
      code: 'listen_port_taken',
      detail: holder === null ? where(address, port) : `${where(address, port)}, ${holder}`,
    }
  }
  return { code: 'listen_impossible', detail: `${where(address, port)}, ${code || String(error)}` }
}
