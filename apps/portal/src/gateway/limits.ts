/** How much the gateway takes, from whom and how fast. */
import { LIMITS } from '@holdfast/protocol'
import type { AttemptLimit } from './attempts.ts'
import type { DialTiming } from './dialer.ts'
import { SILENCE, type SilenceLimit } from './doorstep.ts'
import { ENTRANCE, type EntranceLimits } from './entrance.ts'
import { REPORT_PACE, type ReportPace, UNTAKEN_MAX } from './link.ts'
import { VAULT_RELAY_LIMITS, type VaultRelayLimits } from './vault-relay.ts'

export type GatewayLimits = {
  readonly entrance: EntranceLimits
  readonly attemptsByAddress: AttemptLimit
  readonly attemptsByName: AttemptLimit
  readonly reportPace: ReportPace
  readonly untakenMax: number
  readonly silence: SilenceLimit
  /** From the open socket until the link is proven. */
  readonly handshakeMs: number
  /** Between two dials of one server. */
  readonly dialing: Partial<DialTiming>
  /** Ways to vaults through here. */
  readonly vaultRelay: Partial<VaultRelayLimits>
}

/**
 * Attempts by address: a whole site may sit behind one, so it must be able to come back at once after a restart. By name: ten
 * guesses in a row and then two in a minute, against passwords of at least twelve characters.
 */
export const USUAL_LIMITS: GatewayLimits = {
  handshakeMs: LIMITS.handshakeMsMax,
  dialing: {},
  entrance: ENTRANCE,
  attemptsByAddress: { capacity: 500, refillMs: 2_000 },
  attemptsByName: { capacity: 10, refillMs: 30_000 },
  reportPace: REPORT_PACE,
  untakenMax: UNTAKEN_MAX,
  silence: SILENCE,
  vaultRelay: VAULT_RELAY_LIMITS,
}
