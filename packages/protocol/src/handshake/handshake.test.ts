import * as opaque from '@serenity-kit/opaque'
import { beforeAll, describe, expect, test } from 'vitest'
import { KEY_STRETCHING } from '../password.ts'
import type { Channel } from './channel.ts'
import type { CertificateFacts, Hello } from './messages.ts'
import {
  type ProverAction,
  type ProverEvent,
  type ProverState,
  proverStep,
  UNPROVEN_RETRY_MS,
} from './prover.ts'
import { type VerifierAction, type VerifierEvent, type VerifierState, verifierStep } from './verifier.ts'

/** Runs both halves against each other with real OPAQUE, and whatever sits on the line in between. */

const MACHINE = {
  hostname: 'fs1',
  platform: 'linux x64',
  agentVersion: '0.1.0',
  resticVersion: '0.14.0',
  notices: [],
}
const JOURNAL = '019a0000-0000-7000-8000-000000000001'
const PASSWORD = 'correct horse battery'

const certificate = (name: string, digit: string): CertificateFacts => ({
  sha256: digit.repeat(64),
  issuer: `CN=${name}`,
  subject: `CN=${name}`,
  validTo: '2027-01-01',
})
const PORTAL = certificate('portal', 'a')
const INTERCEPTOR = certificate('Fortinet', 'b')
const direct = (seen = PORTAL, exporter: Buffer | null = Buffer.alloc(32, 7)): Channel => ({
  certificate: seen,
  exporter,
  terminators: [],
})

let serverSetup: string
let record: string

beforeAll(async () => {
  await opaque.ready
  serverSetup = opaque.server.createSetup()
  const { clientRegistrationState, registrationRequest } = opaque.client.startRegistration({
    password: PASSWORD,
  })
  const { registrationResponse } = opaque.server.createRegistrationResponse({
    serverSetup,
    userIdentifier: 'server-1',
    registrationRequest,
  })
  record = opaque.client.finishRegistration({
    clientRegistrationState,
    registrationResponse,
    password: PASSWORD,
    keyStretching: KEY_STRETCHING,
  }).registrationRecord
})

type Scene = {
  password?: string
  known?: boolean
  agent?: Channel
  portal?: Channel
  onLine?: (text: string, from: 'agent' | 'portal') => string
}

/** Plays one handshake to its end; returns how each end saw it, and the length of the challenge. */
function play({
  password = PASSWORD,
  known = true,
  agent = direct(),
  portal = direct(),
  onLine = (text) => text,
}: Scene) {
  const login = opaque.client.startLogin({ password })
  const hello: Hello = {
    type: 'hello',
    protocol: 1,
    capabilities: ['backup'],
    name: 'acme/fs1',
    instance: JOURNAL,
    session: 1,
    nonce: 'n'.repeat(43),
    clock: 1_700_000_000_000,
    loginRequest: login.startLoginRequest,
  }
  let prover: ProverState = { step: 'start' }
  let verifier: VerifierState = { step: 'start' }
  let serverLoginState = ''
  let challengeLength = 0
  const ends: { agent?: ProverAction; portal?: VerifierAction } = {}
  const pending: (() => void)[] = []

  const toAgent = (event: ProverEvent): void => {
    const [next, actions] = proverStep(prover, event, {
      channel: agent,
      machine: MACHINE,
      journalId: JOURNAL,
    })
    prover = next
    for (const action of actions) {
      if (action.type === 'send')
        pending.push(() => toPortal({ type: 'received', text: onLine(action.text, 'agent') }))
      else if (action.type === 'finishLogin') {
        const done = opaque.client.finishLogin({
          clientLoginState: login.clientLoginState,
          loginResponse: action.loginResponse,
          password,
          keyStretching: KEY_STRETCHING,
        })
        const result = done && { finishLogin: done.finishLoginRequest, sessionKey: done.sessionKey }
        pending.push(() => toAgent({ type: 'loginFinished', login: result ?? null }))
      } else ends.agent = action
    }
  }
  const toPortal = (event: VerifierEvent): void => {
    const [next, actions] = verifierStep(verifier, event, portal)
    verifier = next
    for (const action of actions) {
      if (action.type === 'send') {
        pending.push(() => toAgent({ type: 'received', text: onLine(action.text, 'portal') }))
      } else if (action.type === 'startLogin') {
        const started = opaque.server.startLogin({
          serverSetup,
          userIdentifier: known ? 'server-1' : 'nobody',
          registrationRecord: known ? record : null,
          startLoginRequest: action.hello.loginRequest,
        })
        serverLoginState = started.serverLoginState
        challengeLength = started.loginResponse.length
        toPortal({
          type: 'loginStarted',
          loginResponse: started.loginResponse,
          nonce: 'm'.repeat(43),
          clock: 1_700_000_000_000,
          capabilities: ['backup'],
        })
      } else if (action.type === 'finishLogin') {
        let sessionKey: string | null = null
        try {
          sessionKey = opaque.server.finishLogin({
            serverLoginState,
            finishLoginRequest: action.finishLogin,
          }).sessionKey
        } catch {}
        toPortal({ type: 'loginChecked', sessionKey })
      } else if (action.type === 'admit') {
        toPortal({ type: 'admitted', portalName: "Bill's IT service", appliedThrough: 4 })
      } else ends.portal = action
    }
  }
  toAgent({ type: 'opened', hello })
  for (let next = pending.shift(); next; next = pending.shift()) next()
  return { ...ends, challengeLength }
}

describe('a handshake', () => {
  test('proves both ends to each other', () => {
    const { agent, portal } = play({})
    expect(agent).toMatchObject({
      type: 'proven',
      welcome: { portalName: "Bill's IT service", appliedThrough: 4 },
    })
    expect(portal).toEqual({ type: 'proven' })
  })

  test('with a wrong password tells the agent nothing but that, and the log the truth', () => {
    const { agent, portal } = play({ password: 'correct horse batterx' })
    expect(agent).toEqual({ type: 'refused', refusal: { code: 'name_or_password_wrong' } })
    expect(portal).toEqual({ type: 'refused', refusal: { code: 'wrong_password' } })
  })

  test('with an unknown name looks the same to the agent as a wrong password', () => {
    const unknown = play({ known: false })
    expect(unknown.agent).toEqual({ type: 'refused', refusal: { code: 'name_or_password_wrong' } })
    expect(unknown.challengeLength).toBe(play({ password: 'another wrong one' }).challengeLength)
  })

  test('through a box that opens TLS is refused by the portal, which names the box', () => {
    const { agent, portal } = play({ agent: direct(INTERCEPTOR, Buffer.alloc(32, 9)) })
    expect(portal).toMatchObject({
      refusal: { code: 'tls_intercepted', detail: expect.stringContaining('CN=Fortinet') },
    })
    expect(agent).toMatchObject({ refusal: { code: 'tls_intercepted' } })
  })

  test('through a box that copies even the certificate still differs in the exporter', () => {
    const { portal } = play({ agent: direct(PORTAL, Buffer.alloc(32, 9)) })
    expect(portal).toMatchObject({ refusal: { code: 'tls_intercepted' } })
  })

  test('through a load balancer that the portal was told of succeeds', () => {
    const balancer = certificate('balancer', 'c')
    const { agent, portal } = play({
      agent: direct(balancer, Buffer.alloc(32, 9)),
      portal: { certificate: PORTAL, exporter: null, terminators: [balancer.sha256] },
    })
    expect(agent?.type).toBe('proven')
    expect(portal?.type).toBe('proven')
  })

  test('behind a plain connection that nobody announced is refused', () => {
    const { portal } = play({ agent: direct(PORTAL, null), portal: direct(PORTAL, null) })
    expect(portal).toMatchObject({ refusal: { code: 'tls_intercepted' } })
  })

  test.each(['hello', 'challenge', 'proof', 'welcome'])(
    'whose %s was altered on the line proves nothing',
    (type) => {
      const { agent, portal } = play({
        onLine: (text) => {
          const message = JSON.parse(text)
          if (message.type !== type) return text
          const altered =
            'sealed' in message ? { ...message, sealed: `${message.sealed} ` } : { ...message, clock: 1 }
          return JSON.stringify(altered)
        },
      })
      expect(agent?.type).toBe('refused')
      if (type !== 'welcome') expect(portal?.type).toBe('refused')
    },
  )

  test('cannot be made to give up by somebody else once the login stands', () => {
    const { agent } = play({
      onLine: (text, from) =>
        from === 'portal' && JSON.parse(text).type === 'welcome'
          ? JSON.stringify({ type: 'refused', sealed: '{"code":"password_changed"}', mac: null })
          : text,
    })
    expect(agent).toEqual({ type: 'refused', refusal: { code: 'portal_not_proven' } })
  })

  test.each([
    ['protocol_unsupported', 'protocol_unsupported'],
    ['clone_refused', 'malformed_message'],
    ['portal_busy', 'malformed_message'],
  ])('that a guesser gives up with %s stands in the log as %s', (code, logged) => {
    const refused = JSON.stringify({ type: 'refused', sealed: JSON.stringify({ code }), mac: null })
    const { portal } = play({
      onLine: (text, from) => (from === 'agent' && JSON.parse(text).type === 'proof' ? refused : text),
    })
    expect(portal).toEqual({ type: 'refused', refusal: { code: logged } })
  })

  test.each([
    ['in a day', 86_400_000, UNPROVEN_RETRY_MS.max],
    ['at once', 0, UNPROVEN_RETRY_MS.min],
    ['in a while', 20_000, 20_000],
  ])('in which somebody who has proven nothing asks to come back %s', (_, asked, waited) => {
    const sealed = JSON.stringify({ code: 'portal_busy', retryAfterMs: asked })
    const { agent } = play({
      onLine: (text, from) =>
        from === 'portal' ? JSON.stringify({ type: 'refused', sealed, mac: null }) : text,
    })
    expect(agent).toEqual({ type: 'refused', refusal: { code: 'portal_busy', retryAfterMs: waited } })
  })

  test.each([
    ['no JSON', 'hello'],
    ['another type', '{"type":"welcome?"}'],
    ['a number', '17'],
    ['a message out of turn', JSON.stringify({ type: 'proof', sealed: '{}', mac: '0'.repeat(64) })],
  ])('that begins with %s is refused as malformed', (_, text) => {
    const [state, actions] = verifierStep({ step: 'start' }, { type: 'received', text }, direct())
    expect(state.step).toBe('ended')
    expect(actions.at(-1)).toEqual({ type: 'refused', refusal: { code: 'malformed_message' } })
  })

  test('message beyond the bound is refused before it is parsed', () => {
    const [, actions] = verifierStep(
      { step: 'start' },
      { type: 'received', text: `"${'x'.repeat(20_000)}"` },
      direct(),
    )
    expect(actions.at(-1)).toEqual({ type: 'refused', refusal: { code: 'message_too_large' } })
  })
})
