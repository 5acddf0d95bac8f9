/**
 * The whole handshake with the real password, as a link does it. Whoever gets through here has shown that the line is
 * clean and that both ends are who they say, so its outcome explains what earlier checks could only notice.
 *
 * A running agent that is online is not disturbed: its own proof counts. One that is not online would be doing the same
 * at this moment; ours has the next session number, as its own next dial will have.
 */
import { isIP } from 'node:net'
import { DOCTOR_QUERY, LIMITS, type Machine } from '@holdfast/protocol'
import type { CertificateFacts } from '@holdfast/protocol/handshake'
import { duration } from '../../cli/words.ts'
import type { StatusReport } from '../../daemon/status.ts'
import { Failure } from '../../failure.ts'
import { dial } from '../../link/dial.ts'
import { prove } from '../../link/handshake.ts'
import type { Lookup } from '../../link/transport.ts'
import type { Portal } from '../../state/portals.ts'
import type { State } from '../../state/state.ts'
import type { Destination } from '../destination.ts'
import { failed, fine, notice, type Verdict } from '../examination.ts'

export type Handshake = {
  readonly verdict: Verdict
  readonly clock: Verdict | null
  readonly isProven: boolean
  /** What lay under it, where it came so far. */
  readonly certificate: CertificateFacts | null
  /** The portal's own; null behind a proxy. */
  readonly ip: string | null
}

export type Prover = {
  readonly state: State
  readonly machine: Machine
  readonly visitCode: string
  readonly env: NodeJS.ProcessEnv
}

/** Where to, and its addresses that accept connections; none behind a proxy. */
export type Reached = { readonly to: Destination; readonly addresses: readonly string[] }

const DIAL_MS_MAX = 4_000
const PROVE_MS_MAX = 5_000

export async function shakeHands(
  { state, machine, visitCode, env }: Prover,
  { name, password, proxy, journalId }: Portal,
  { to: { address }, addresses }: Reached,
  signal: AbortSignal,
): Promise<Handshake> {
  let seen: Pick<Handshake, 'certificate' | 'ip'> = { certificate: null, ip: null }
  try {
    const { instance } = state.identity
    const session = state.identity.nextSession()
    const query = { [DOCTOR_QUERY]: visitCode }
    const lookup = addresses.length === 0 ? undefined : knownTo(addresses)
    const line = await dial(address, {
      signal,
      timeoutMs: DIAL_MS_MAX,
      query,
      proxy,
      env,
      ...(lookup && { lookup }),
    })
    seen = { certificate: line.channel.certificate, ip: line.way.ip }
    const introduction = { name, password, instance, journalId, session, machine }
    const { challenge, welcome } = await prove(line, introduction, { signal, timeoutMs: PROVE_MS_MAX })
    const now = Date.now()
    line.close()
    const verdict = fine(`${welcome.portalName} and this server (${name}) have proven themselves`)
    return { ...seen, verdict, clock: judgeClock(now, challenge.clock), isProven: true }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const verdict = failed({ ...error.refusal, detail: error.refusal.detail ?? `${name} at ${address}` })
    return { ...seen, verdict, clock: null, isProven: false }
  }
}

/** What was looked up already: where a DNS server is gone, each lookup would cost its silence again. */
const knownTo =
  (addresses: readonly string[]): Lookup =>
  (_host, _options, tell) =>
    tell(
      null,
      addresses.map((ip) => ({ address: ip, family: isIP(ip) })),
    )

/** From the running agent, which proved itself when its link came up and hears the portal since. */
export function fromRunningAgent({ name, address, notices }: StatusReport['portals'][number]): Handshake {
  const isClockOff = notices.includes('clock_skew')
  return {
    verdict: fine(`the running agent is online at ${address} as ${name}`),
    clock: isClockOff ? notice('clock_skew', 'seen by the running agent') : fine('within five minutes'),
    isProven: true,
    certificate: null,
    ip: null,
  }
}

function judgeClock(own: number, portals: number): Verdict {
  const aheadMs = own - portals
  if (Math.abs(aheadMs) < 1_000) return fine("this server's clock agrees with the portal's")
  const told = `this server's clock is ${duration(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead of'} the portal's`
  return Math.abs(aheadMs) > LIMITS.clockSkewMs ? notice('clock_skew', told) : fine(told)
}
