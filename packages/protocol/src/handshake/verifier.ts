/**
 * The portal's half of the handshake, as a pure function beside prover.ts. OPAQUE's server half is quick (1.2 ms), but
 * the record comes from the database, so it is an action as well: the caller looks the name up, always calls OPAQUE
 * (with a null record for an unknown name), and so gives every name the same answer in the same time.
 *
 *   start ──hello──► looking ──loginStarted──► challenging ──proof──► checking ──loginChecked──► admitting ──admitted──► proven
 *                       └───────────── refused, malformed, given up by the agent: ended ──────────────┘
 */
import { type Capability, capabilities as ownCapabilities } from '../capabilities.ts'
import { OLDEST_SPOKEN, PROTOCOL_VERSION } from '../history.ts'
import { LIMITS } from '../limits.ts'
import type { Refusal, RefusalCode } from '../refusals.ts'
import { type Channel, type VouchedChannel, vouchFor } from './channel.ts'
import { type Hello, type ProofBody, proofBody, refusedBody } from './messages.ts'
import { readHandshake, readSealed, SessionKeys, sameMac } from './seal.ts'

export type VerifierState =
  | { readonly step: 'start' }
  | { readonly step: 'looking'; readonly helloText: string; readonly hello: Hello }
  | {
      readonly step: 'challenging'
      readonly helloText: string
      readonly hello: Hello
      readonly challengeText: string
    }
  | {
      readonly step: 'checking'
      readonly helloText: string
      readonly hello: Hello
      readonly challengeText: string
      readonly sealed: string
      readonly mac: string
      readonly body: ProofBody
    }
  | { readonly step: 'admitting'; readonly keys: SessionKeys; readonly vouched: VouchedChannel }
  | { readonly step: 'proven' }
  | { readonly step: 'ended' }

export type VerifierEvent =
  | { readonly type: 'received'; readonly text: unknown }
  | {
      readonly type: 'loginStarted'
      readonly loginResponse: string
      readonly nonce: string
      readonly clock: number
      readonly capabilities: readonly Capability[]
    }
  /** `sessionKey` is null when OPAQUE does not accept the agent's last message. */
  | { readonly type: 'loginChecked'; readonly sessionKey: string | null }
  /** The gateway's own rules (clone, zombie, load) have spoken. */
  | { readonly type: 'admitted'; readonly portalName: string; readonly appliedThrough: number }
  | { readonly type: 'refuse'; readonly refusal: Refusal }

export type VerifierAction =
  | { readonly type: 'startLogin'; readonly hello: Hello }
  | { readonly type: 'finishLogin'; readonly finishLogin: string }
  /** The agent is who it says, on a clean line: decide whether it may come in. */
  | { readonly type: 'admit'; readonly hello: Hello; readonly body: ProofBody }
  | { readonly type: 'send'; readonly text: string }
  | { readonly type: 'proven' }
  /** `told` is what the other end was told; `refusal` is what the log may know. */
  | { readonly type: 'refused'; readonly refusal: Refusal }

export type VerifierStep = readonly [VerifierState, readonly VerifierAction[]]

export function verifierStep(state: VerifierState, event: VerifierEvent, channel: Channel): VerifierStep {
  switch (event.type) {
    case 'received':
      return received(state, event.text)
    case 'loginStarted': {
      if (state.step !== 'looking') return [state, []]
      const { helloText, hello } = state
      const challengeText = JSON.stringify({
        type: 'challenge',
        protocol: PROTOCOL_VERSION,
        capabilities: ownCapabilities.parse(event.capabilities),
        nonce: event.nonce,
        clock: event.clock,
        loginResponse: event.loginResponse,
      })
      return [
        { step: 'challenging', helloText, hello, challengeText },
        [{ type: 'send', text: challengeText }],
      ]
    }
    case 'loginChecked':
      return state.step === 'checking' ? check(state, event.sessionKey, channel) : [state, []]
    case 'admitted': {
      if (state.step !== 'admitting') return [state, []]
      const { keys, vouched } = state
      const sealed = JSON.stringify({
        certificateSha256: vouched.certificateSha256,
        exporter: vouched.exporter === null ? null : keys.exporterMac('portal', vouched.exporter),
        portalName: event.portalName,
        appliedThrough: event.appliedThrough,
      })
      const text = JSON.stringify({ type: 'welcome', sealed, mac: keys.mac('portal', sealed) })
      return [{ step: 'proven' }, [{ type: 'send', text }, { type: 'proven' }]]
    }
    case 'refuse':
      return refuse(state.step === 'admitting' ? state.keys : null, event.refusal)
  }
}

function received(state: VerifierState, text: unknown): VerifierStep {
  if (state.step === 'ended' || state.step === 'proven') return [state, []]
  const read = readHandshake(text)
  if (!read.ok) return refuse(null, { code: read.code })
  const { message } = read

  if (message.type === 'refused')
    return [{ step: 'ended' }, [{ type: 'refused', refusal: { code: givenUp(state, message.sealed) } }]]
  if (message.type === 'hello' && state.step === 'start' && typeof text === 'string') {
    if (message.protocol < OLDEST_SPOKEN) return refuse(null, { code: 'protocol_unsupported' })
    return [{ step: 'looking', helloText: text, hello: message }, [{ type: 'startLogin', hello: message }]]
  }
  if (message.type === 'proof' && state.step === 'challenging') {
    const body = readSealed(proofBody, message.sealed)
    if (body === null) return refuse(null, { code: 'malformed_message' })
    const { sealed, mac } = message
    return [
      { ...state, step: 'checking', sealed, mac, body },
      [{ type: 'finishLogin', finishLogin: body.finishLogin }],
    ]
  }
  return refuse(null, { code: 'malformed_message' })
}

/** What an agent may find wrong with what we said (prover.ts). */
const FOUND_BY_AGENTS: ReadonlySet<RefusalCode> = new Set([
  'malformed_message',
  'message_too_large',
  'protocol_unsupported',
])

/**
 * An agent that gives up after our challenge has found that its password does not fit; its word is only for the log. But
 * anybody may say it who has proven nothing, so it cannot put just any reason there, nor one that is not logged.
 */
function givenUp(state: VerifierState, sealed: string): RefusalCode {
  const claimed = readSealed(refusedBody, sealed)?.code
  if (state.step === 'challenging' && claimed === 'name_or_password_wrong') return 'wrong_password'
  return claimed !== undefined && FOUND_BY_AGENTS.has(claimed) ? claimed : 'malformed_message'
}

function check(
  state: VerifierState & { step: 'checking' },
  sessionKey: string | null,
  channel: Channel,
): VerifierStep {
  if (sessionKey === null) return refuse(null, { code: 'proof_invalid' })
  const keys = new SessionKeys(sessionKey, state.helloText, state.challengeText)
  if (!sameMac(state.mac, keys.mac('agent', state.sealed))) return refuse(null, { code: 'proof_invalid' })
  const { certificate, exporter } = state.body
  const claim = { certificateSha256: certificate.sha256, exporterMac: exporter }
  const vouched = vouchFor(channel, claim, (raw) => keys.exporterMac('agent', raw))
  if (vouched === null) {
    const detail = `issuer ${certificate.issuer}, subject ${certificate.subject}, SHA-256 ${certificate.sha256}`
    return refuse(keys, { code: 'tls_intercepted', detail })
  }
  return [{ step: 'admitting', keys, vouched }, [{ type: 'admit', hello: state.hello, body: state.body }]]
}

function refuse(keys: SessionKeys | null, refusal: Refusal): VerifierStep {
  const sealed = JSON.stringify(refusedBody.parse(refusal))
  const text = JSON.stringify({ type: 'refused', sealed, mac: keys?.mac('portal', sealed) ?? null })
  return [
    { step: 'ended' },
    [
      { type: 'send', text },
      { type: 'refused', refusal },
    ],
  ]
}

/** How far the agent's clock is ahead of ours, in ms, or null while the difference is not worth a word. */
export function clockSkewWorthTelling(agentClock: number, ownClock: number): number | null {
  const skew = agentClock - ownClock
  return Math.abs(skew) > LIMITS.clockSkewMs ? skew : null
}
