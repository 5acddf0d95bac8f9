/**
 * Plays the agent's part of the handshake over an open line: gives the pure `proverStep` its events, and does what it
 * asks. Nothing else that arrives is read before both ends have proven themselves.
 */
import { randomBytes } from 'node:crypto'
import {
  CAPABILITIES,
  capabilities,
  LIMITS,
  type Machine,
  PROTOCOL_VERSION,
  type RefusalCode,
  WIRE,
} from '@holdfast/protocol'
import {
  type Challenge,
  clockSkewWorthTelling,
  type Hello,
  type ProverAction,
  type ProverEvent,
  type ProverState,
  proverStep,
  readHandshake,
  type WelcomeBody,
} from '@holdfast/protocol/handshake'
import { Failure } from '../failure.ts'
import type { Line, LineEvent } from './line.ts'
import { Login } from './login.ts'

/** Who speaks, to whom, and what it says about its machine. */
export type Introduction = {
  readonly name: string
  readonly password: string
  readonly instance: string
  readonly session: number
  readonly journalId: string
  readonly machine: Machine
}

export type ProvenLine = {
  readonly line: Line
  readonly welcome: WelcomeBody
  readonly challenge: Challenge
  /** What was noticed on the way and holds for this link. */
  readonly notices: readonly RefusalCode[]
}

export type HandshakeOptions = {
  readonly signal?: AbortSignal | undefined
  /** The portal has answered the greeting. */
  readonly onChallenged?: (() => void) | undefined
  readonly timeoutMs?: number | undefined
}

/** Fails with the reason, wherever it was found: here, by the portal, or by the line. The line is closed then. */
export async function prove(
  line: Line,
  introduction: Introduction,
  options: HandshakeOptions = {},
): Promise<ProvenLine> {
  using login = await Login.start(introduction.password)
  try {
    return await exchange(line, introduction, login, options)
  } catch (error) {
    line.close()
    throw error
  }
}

function exchange(
  line: Line,
  introduction: Introduction,
  login: Login,
  { signal, onChallenged, timeoutMs = LIMITS.handshakeMsMax }: HandshakeOptions,
): Promise<ProvenLine> {
  const { channel } = line
  const { machine, journalId } = introduction
  const notices: RefusalCode[] = hasExpired(channel.certificate.validTo) ? ['certificate_expired'] : []
  let state: ProverState = { step: 'start' }

  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      line.stopListening()
    }
    const fail = (failure: unknown) => {
      settle()
      reject(failure)
    }
    const play = (event: ProverEvent) => {
      const facts = { channel, journalId, machine: { ...machine, notices: [...machine.notices, ...notices] } }
      const [next, actions] = proverStep(state, event, facts)
      state = next
      for (const action of actions) act(action)
    }
    const act = (action: ProverAction): void => {
      switch (action.type) {
        case 'send':
          line.send(WIRE.handshake, action.text)
          return
        case 'finishLogin':
          onChallenged?.()
          login
            .finish(action.loginResponse)
            .then((finished) => play({ type: 'loginFinished', login: finished }), fail)
          return
        case 'proven':
          settle()
          resolve({ line, welcome: action.welcome, challenge: action.challenge, notices })
          return
        case 'refused':
          fail(new Failure(action.refusal))
      }
    }
    const onEvent = (event: LineEvent) => {
      if (event.type === 'ended') return fail(new Failure({ code: event.code }))
      if (event.event !== WIRE.handshake) return fail(new Failure({ code: 'handshake_expected' }))
      noticeClock(event.payload, notices)
      play({ type: 'received', text: event.payload })
    }
    const onAbort = () => fail(new Failure({ code: 'agent_stopped' }))
    const timer = setTimeout(() => fail(new Failure({ code: 'handshake_timeout' })), timeoutMs)

    if (signal?.aborted) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    play({ type: 'opened', hello: helloOf(introduction, login.request) })
    line.listen(onEvent)
  })
}

function helloOf({ name, instance, session }: Introduction, loginRequest: string): Hello {
  return {
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    capabilities: capabilities.parse(Object.keys(CAPABILITIES)),
    name,
    instance,
    session,
    nonce: randomBytes(32).toString('base64url'),
    clock: Date.now(),
    loginRequest,
  }
}

/** Told already in the proof, so that the portal's log and ours know it from the first minute. */
function noticeClock(text: unknown, notices: RefusalCode[]): void {
  const read = readHandshake(text)
  if (!read.ok || read.message.type !== 'challenge') return
  if (clockSkewWorthTelling(Date.now(), read.message.clock) !== null) notices.push('clock_skew')
}

function hasExpired(validTo: string): boolean {
  const end = Date.parse(validTo)
  return !Number.isNaN(end) && end < Date.now()
}
