/**
 * Looks whether the leave to use a vault is about to run out, which only happens to a server that has been away from its
 * portal for weeks. It is said at home, in the log and in the status, because the portal cannot hear it.
 */
import type { RefusalCode } from '@holdfast/protocol'
import type { Tell } from '../daemon/telling.ts'
import type { State } from '../state/state.ts'
import type { Grant } from '../state/vaults.ts'

const LOOK_EVERY_MS = 60 * 60_000
/** A portal renews a grant of a month all the time: less than this means that it is away. */
const SOON_MS = 10 * 24 * 60 * 60_000

export class GrantWatch {
  readonly #state: State
  readonly #tell: Tell
  readonly #now: () => Date
  #timer: NodeJS.Timeout | undefined
  /** What was said of each grant: it is said once. */
  #said = new Map<string, string>()

  constructor(state: State, tell: Tell, now: () => Date = () => new Date()) {
    this.#state = state
    this.#tell = tell
    this.#now = now
  }

  start(): void {
    this.look()
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** What holds now; what is new is told. */
  look(): RefusalCode[] {
    const said = new Map<string, string>()
    const codes = new Set<RefusalCode>()
    for (const grant of this.#state.vaults.grants()) {
      const code = this.#codeOf(grant)
      if (code === null) continue
      codes.add(code)
      const key = `${code} ${grant.expiresAt.toISOString()}`
      said.set(grant.repositoryId, key)
      if (this.#said.get(grant.repositoryId) !== key) this.#say(grant, code)
    }
    this.#said = said
    return [...codes]
  }

  #codeOf({ expiresAt }: Grant): RefusalCode | null {
    const leftMs = expiresAt.getTime() - this.#now().getTime()
    if (leftMs > SOON_MS) return null
    return leftMs > 0 ? 'vault_grant_ending' : 'vault_grant_missing'
  }

  #say({ repositoryId, expiresAt }: Grant, code: RefusalCode): void {
    const name = this.#state.repositories.all().find(({ id }) => id === repositoryId)?.name ?? repositoryId
    const day = expiresAt.toISOString().slice(0, 10)
    const text =
      code === 'vault_grant_ending'
        ? `Leave to use the vault ends on ${day}`
        : `Leave to use the vault ended on ${day}`
    this.#tell({ level: 'warn', subject: `repository ${name}`, code, text })
  }
}
