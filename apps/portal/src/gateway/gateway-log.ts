/** What the gateway writes into the remote management log: attempts that came to nothing, and what became of links. */
import type { RefusalCode } from '@holdfast/protocol'
import type { LogEntry, ManagementLog } from '#log/management-log.ts'
import type { DialTarget } from './dial-targets.ts'
import type { Link } from './link.ts'
import { ownerOf } from './owner.ts'
import type { FailedAttempt } from './reception.ts'

export class GatewayLog {
  readonly #log: ManagementLog

  constructor(log: ManagementLog) {
    this.#log = log
  }

  failed({ address, name, found, target, refusal }: FailedAttempt): void {
    // After a restart thousands are asked to wait their turn. That is no attempt that anybody has to look at.
    if (refusal.code === 'portal_busy') return
    const { code, detail = '' } = refusal
    this.attempt({
      ...(found !== null && found.found !== 'nothing' && found),
      serverId: found?.found === 'server' ? found.serverId : null,
      ...(target && ownerOf(target)),
      ...{ code, detail, address, subject: name },
    })
  }

  dialFailed(target: DialTarget, code: RefusalCode): void {
    const { address, name: subject } = target
    this.attempt({ ...ownerOf(target), code, address, subject, detail: 'The portal dialled.' })
  }

  attempt(entry: Partial<LogEntry> & Pick<LogEntry, 'code'>): void {
    this.#log.write({ providerId: null, customerId: null, serverId: null, kind: 'attempt', ...entry })
  }

  /** `detail` may be foreign text. */
  link({ facts }: Link, code: LogEntry['code'], detail: string): void {
    const { name: subject, address } = facts
    this.#log.write({ ...ownerOf(facts), kind: 'link', code, subject, address, detail })
  }

  drain(): Promise<void> {
    return this.#log.drain()
  }
}
