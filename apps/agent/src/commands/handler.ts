import type { CommandBody, CommandKind, Refusal } from '@holdfast/protocol'
import type { Catalogues } from '../catalogue/catalogues.ts'
import type { Drills } from '../drills/drills.ts'
import type { PolicyRequest } from '../policy.ts'
import type { Restores } from '../restore/restores.ts'
import type { Runs } from '../runs/runs.ts'
import type { Settings } from '../settings.ts'
import type { LogNews } from '../state/log.ts'
import type { State } from '../state/state.ts'

/** What a kind of command needs to be carried out. */
export type Workshop = {
  readonly state: State
  readonly settings: Settings
  readonly runs: Runs
  readonly restores: Restores
  readonly drills: Drills
  readonly catalogues: Catalogues
  readonly tell: (news: LogNews) => void
  /** A repository was made, or what opens one has changed. */
  readonly onRepository: () => void
}

/** One accepted command on its way. Its facts are written with whatever becomes true at the same moment. */
export type Execution = {
  readonly commandId: string
  readonly portalId: string
  /** The command is running now. `also` joins the transaction. */
  begin(also?: () => void): void
  /** The command has come to this. Waits for a disk that takes nothing; `also` joins the transaction. */
  end(outcome: CommandOutcome, also?: () => void): Promise<void>
}

export type CommandOutcome = { readonly state: 'succeeded' | 'failed' } & Partial<Refusal>

export type Body<K extends CommandKind> = Extract<CommandBody, { kind: K }>

export type Handler<K extends CommandKind> = {
  /** What the portal's policy has to allow. */
  readonly policy: PolicyRequest | ((body: Body<K>) => PolicyRequest)
  /** Whether it can begin now, by what the state says; null if so. Asked again right before it begins. */
  check(body: Body<K>, portalId: string, workshop: Workshop): Refusal | null
  /** Begins in the very call, and ends whenever it does. */
  execute(body: Body<K>, execution: Execution, workshop: Workshop): Promise<void>
}
