/**
 * The agent's half of the handshake, as a pure function: a state and an event give the next state and what to do.
 * The caller owns sockets, timers and the slow Argon2id of the login; nothing here waits or does I/O.
 *
 *   start ──opened──► greeting ──challenge──► finishing ──loginFinished──► proving ──welcome──► proven
 *                        │                        │ (wrong password)          │
 *                        └────────────── refused or malformed: ended ─────────┘
 */
import { OLDEST_SPOKEN } from '../history.ts'
import type { Machine } from '../messages/index.ts'
import type { Refusal } from '../refusals.ts'
import { agreesWith, type Channel } from './channel.ts'
import {
  type Challenge,
  type Hello,
  proofBody,
  refusedBody,
  type WelcomeBody,
  welcomeBody,
} from './messages.ts'
import { readHandshake, readSealed, SessionKeys, sameMac } from './seal.ts'

export type ProverState =
  | { readonly step: 'start' }
  | { readonly step: 'greeting'; readonly helloText: string }
  | {
      readonly step: 'finishing'
      readonly helloText: string
      readonly challengeText: string
      readonly challenge: Challenge
    }
  | { readonly step: 'proving'; readonly keys: SessionKeys; readonly challenge: Challenge }
  | { readonly step: 'proven' }
  | { readonly step: 'ended' }

export type ProverEvent =
  | { readonly type: 'opened'; readonly hello: Hello }
  | { readonly type: 'received'; readonly text: unknown }
  /** `login` is null when the portal's answer does not fit the password. */
  | {
      readonly type: 'loginFinished'
      readonly login: { readonly finishLogin: string; readonly sessionKey: string } | null
    }

export type ProverAction =
  | { readonly type: 'send'; readonly text: string }
  | { readonly type: 'finishLogin'; readonly loginResponse: string }
  | { readonly type: 'proven'; readonly welcome: WelcomeBody; readonly challenge: Challenge }
  | { readonly type: 'refused'; readonly refusal: Refusal }

export type ProverFacts = { readonly channel: Channel; readonly machine: Machine; readonly journalId: string }

export type ProverStep = readonly [ProverState, readonly ProverAction[]]

export function proverStep(state: ProverState, event: ProverEvent, facts: ProverFacts): ProverStep {
  switch (event.type) {
    case 'opened': {
      if (state.step !== 'start') return [state, []]
      const helloText = JSON.stringify(event.hello)
      return [{ step: 'greeting', helloText }, [{ type: 'send', text: helloText }]]
    }
    case 'received':
      return received(state, event.text, facts)
    case 'loginFinished':
      if (state.step !== 'finishing') return [state, []]
      if (event.login === null) return giveUp({ code: 'name_or_password_wrong' })
      return prove(state, event.login, facts)
  }
}

function received(state: ProverState, text: unknown, facts: ProverFacts): ProverStep {
  if (state.step === 'ended' || state.step === 'proven') return [state, []]
  const read = readHandshake(text)
  if (!read.ok) return giveUp({ code: read.code })
  const { message } = read

  if (message.type === 'refused') {
    const body = readSealed(refusedBody, message.sealed)
    if (body === null) return giveUp({ code: 'malformed_message' })
    // Once the login stands, only the true portal may refuse: anybody else on the line could make the agent give up.
    const proven =
      state.step !== 'proving' ||
      (message.mac !== null && sameMac(message.mac, state.keys.mac('portal', message.sealed)))
    if (!proven) return end({ code: 'portal_not_proven' })
    return end(state.step === 'proving' ? body : { ...body, ...soon(body) })
  }
  if (message.type === 'challenge' && state.step === 'greeting' && typeof text === 'string') {
    if (message.protocol < OLDEST_SPOKEN) return giveUp({ code: 'protocol_unsupported' })
    return [
      { step: 'finishing', helloText: state.helloText, challengeText: text, challenge: message },
      [{ type: 'finishLogin', loginResponse: message.loginResponse }],
    ]
  }
  if (message.type === 'welcome' && state.step === 'proving') {
    if (!sameMac(message.mac, state.keys.mac('portal', message.sealed)))
      return end({ code: 'portal_not_proven' })
    const body = readSealed(welcomeBody, message.sealed)
    if (body === null) return end({ code: 'malformed_message' })
    const claim = { certificateSha256: body.certificateSha256, exporterMac: body.exporter }
    if (!agreesWith(facts.channel, claim, (exporter) => state.keys.exporterMac('portal', exporter))) {
      return end({ code: 'tls_intercepted', detail: describeCertificate(facts.channel) })
    }
    return [{ step: 'proven' }, [{ type: 'proven', welcome: body, challenge: state.challenge }]]
  }
  return giveUp({ code: 'malformed_message' })
}

/** From when to when an agent may be asked to come back by somebody who has proven nothing. */
export const UNPROVEN_RETRY_MS = { min: 1_000, max: 5 * 60_000 } as const

/** One word on the line must neither keep an agent away for a day, nor have it dial without a pause. */
function soon({ retryAfterMs }: Refusal): Pick<Refusal, 'retryAfterMs'> {
  if (retryAfterMs === undefined) return {}
  const { min, max } = UNPROVEN_RETRY_MS
  return { retryAfterMs: Math.min(max, Math.max(min, retryAfterMs)) }
}

function prove(
  state: ProverState & { step: 'finishing' },
  login: { finishLogin: string; sessionKey: string },
  facts: ProverFacts,
): ProverStep {
  const keys = new SessionKeys(login.sessionKey, state.helloText, state.challengeText)
  const { channel, machine, journalId } = facts
  const sealed = JSON.stringify(
    proofBody.parse({
      finishLogin: login.finishLogin,
      certificate: channel.certificate,
      exporter: channel.exporter === null ? null : keys.exporterMac('agent', channel.exporter),
      machine,
      journalId,
    }),
  )
  const text = JSON.stringify({ type: 'proof', sealed, mac: keys.mac('agent', sealed) })
  return [{ step: 'proving', keys, challenge: state.challenge }, [{ type: 'send', text }]]
}

/** Ends, and says why, so that the portal's log knows it at once and not after a timeout. */
function giveUp(refusal: Refusal): ProverStep {
  const text = JSON.stringify({ type: 'refused', sealed: JSON.stringify({ code: refusal.code }), mac: null })
  return [
    { step: 'ended' },
    [
      { type: 'send', text },
      { type: 'refused', refusal },
    ],
  ]
}

function end(refusal: Refusal): ProverStep {
  return [{ step: 'ended' }, [{ type: 'refused', refusal }]]
}

function describeCertificate({ certificate }: Channel): string {
  return `issuer ${certificate.issuer}, subject ${certificate.subject}, SHA-256 ${certificate.sha256}`
}
