/**
 * Who answers the TLS hello, by its certificate, without trusting it. Whether an unknown certificate is the portal's new
 * one or a stranger's who opens the connection, no certificate can tell, even one that this machine trusts: only the
 * handshake can, so its outcome decides (`judgeCertificate`).
 */
import { request } from 'node:http'
import { isIP } from 'node:net'
import { connect, getCACertificates } from 'node:tls'
import { nameDialFault, type Refusal, type RefusalCode } from '@holdfast/protocol'
import type { CertificateFacts } from '@holdfast/protocol/handshake'
import { channelOf } from '../../link/channel.ts'
import type { Destination, Track, Way } from '../destination.ts'
import { failed, fine, notice, type Verdict } from '../examination.ts'

export type Seen = CertificateFacts & {
  /** An authority stands behind it that Node or this machine's own store trusts. Null when only a handshake has seen it. */
  readonly isTrustedHere: boolean | null
}

export type TlsProbe =
  | { readonly type: 'seen'; readonly seen: Seen }
  | { readonly type: 'failed'; readonly refusal: Refusal }

const TLS_MS_MAX = 3_000
/** A gateway answers within a round trip. */
const SILENT = 'connected, but no answer to TLS: a firewall that answers in its place looks like this'
const PLAIN_MS_MAX = 1_500

/** Fails when there is no way there at all, by the code of whatever keeps it. */
export async function probeTls(to: Destination, way: Way, signal: AbortSignal): Promise<TlsProbe> {
  const track = await way(signal)
  const probe = await greet(to, track, signal)
  if (probe.type === 'seen' || probe.refusal.code !== 'tls_to_plain') return probe
  const answer = await askPlainly('host' in track ? track : to, signal)
  return { type: 'failed', refusal: { code: 'tls_to_plain', detail: `${to.address} ${answer}` } }
}

function greet({ address, host }: Destination, track: Track, signal: AbortSignal): Promise<TlsProbe> {
  return new Promise((resolve) => {
    const tls = connect({
      ...track,
      servername: isIP(host) === 0 ? host : '',
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      ca: [...getCACertificates('default'), ...getCACertificates('system')],
      // Whom it was made out to is not asked here: a box may stand in for the portal by any name.
      checkServerIdentity: () => undefined,
      ALPNProtocols: ['http/1.1'],
    })
    const settle = (probe: TlsProbe) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', late)
      tls.destroy()
      resolve(probe)
    }
    const late = () =>
      settle(fault(nameDialFault({ type: 'timeout', stage: 'securing' }, `${address}, ${SILENT}`)))
    const timer = setTimeout(late, TLS_MS_MAX)
    signal.addEventListener('abort', late, { once: true })
    tls.once('secureConnect', () => {
      settle({ type: 'seen', seen: { ...channelOf(tls).certificate, isTrustedHere: tls.authorized } })
    })
    tls.on('error', (error: NodeJS.ErrnoException) => {
      const { code = 'unknown' } = error
      settle(fault(nameDialFault({ type: 'error', code, stage: 'securing' }, address)))
    })
  })
}

const fault = (refusal: Refusal): TlsProbe => ({ type: 'failed', refusal })

/** What does a port say that knows no TLS? The console's own says where it sends browsers. */
function askPlainly(
  { host, port }: Pick<Destination, 'host' | 'port'>,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve) => {
    const asked = request({ host, port, method: 'HEAD', agent: false, timeout: PLAIN_MS_MAX, signal })
    asked.once('response', (response) => {
      const server = response.headers.server?.slice(0, 100)
      asked.destroy()
      resolve(`answers in plain HTTP (${response.statusCode}${server ? `, ${server}` : ''})`)
    })
    asked.once('timeout', () => asked.destroy())
    asked.on('error', () => resolve('answers something that is neither TLS nor HTTP'))
    asked.end()
  })
}

/** How the handshake over this certificate ended; null when there was none. */
export type Proof = { readonly isProven: boolean; readonly code: RefusalCode | null } | null

/** `known`: the hash that was proven last or that the join token named. */
export function judgeCertificate(seen: Seen, known: string | null, proof: Proof): Verdict {
  const detail = describe(seen)
  if (proof?.code === 'tls_intercepted') return failed({ code: 'tls_intercepted', detail })
  if (hasExpired(seen.validTo)) return notice('certificate_expired', `${detail}, until ${seen.validTo}`)
  // Nobody need trust its issuer: the two prove themselves by the password.
  if (known === seen.sha256) return fine(`the portal's known certificate, ${factsOf(seen)}`)
  if (known === null) return fine(detail)
  if (proof?.isProven === true) return notice('certificate_changed', detail)
  return notice(null, `not the certificate that is known of the portal (${known}), but: ${detail}`)
}

const factsOf = ({ issuer, subject, sha256 }: Seen): string =>
  `issuer ${issuer || 'none'}, subject ${subject || 'none'}, SHA-256 ${sha256}`

function describe(seen: Seen): string {
  const facts = factsOf(seen)
  const { isTrustedHere } = seen
  if (isTrustedHere === null) return facts
  const trust = isTrustedHere ? 'this machine trusts its issuer' : 'this machine trusts no such issuer'
  return `${facts}, ${trust}`
}

function hasExpired(validTo: string): boolean {
  const end = Date.parse(validTo)
  return !Number.isNaN(end) && end < Date.now()
}
