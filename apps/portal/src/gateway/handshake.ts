/**
 * Plays the portal's part of the handshake on one socket: gives the pure `verifierStep` its events and does what it asks.
 * The steps that are not pure are here, in this order:
 *
 *   hello   address tried too often? ─► room inside? ─► look the name up ─► name tried too often? ─► its turn ─► OPAQUE
 *           ─► challenge; meanwhile: how do we stand with this server?
 *   proof   OPAQUE ─► the gateway's rules ─► welcome
 *
 * A name that nobody has takes the same path, with a record that does not exist, and so gets an answer of the same
 * length after the same time. The reason that goes into the log is not the one that the other end is told.
 */
import { randomBytes } from 'node:crypto'
import type { ServerForLink } from '@holdfast/database'
import {
  CAPABILITIES,
  type Capability,
  formatServerName,
  type LinkEvent,
  type LinkState,
  nextState,
  type Refusal,
  type RefusalCode,
  type ServerName,
  serverName,
  WIRE,
} from '@holdfast/protocol'
import {
  type Channel,
  type Hello,
  type ProofBody,
  type VerifierAction,
  type VerifierEvent,
  type VerifierState,
  verifierStep,
} from '@holdfast/protocol/handshake'
import * as opaque from '@serenity-kit/opaque'
import { type Attempts, addressKey } from './attempts.ts'
import type { Call, Entrant } from './entrant.ts'
import type { Line } from './knocks.ts'
import type { Peer } from './peer.ts'
import type { Candidate, Decision, Reception, Standing, Welcome } from './reception.ts'
import type { LinkSocket } from './socket.ts'

const OWN_CAPABILITIES = Object.keys(CAPABILITIES) as readonly Capability[]
/** No server can be called so: it stands for names that are none, which are looked up all the same. */
const NOBODY: ServerName = { customer: '', server: '' }
/** A connection ends so only because of what was said on it, even if it could not be read. */
const ENDED_BY_WORDS: ReadonlySet<RefusalCode> = new Set(['message_too_large', 'malformed_message'])
const COME_BACK_WHEN_BROKEN_MS = 10_000

export class Handshake implements Peer {
  readonly #reception: Reception
  readonly #socket: LinkSocket
  readonly #address: string
  readonly #channel: Channel
  readonly #line: Line | null
  readonly #onSpoken: (() => void) | null
  readonly #call: Call | null
  readonly #timer: NodeJS.Timeout
  #verifier: VerifierState = { step: 'start' }
  #state: LinkState = { name: 'offline', code: 'never_connected' }
  #isOver = false
  #isInside = false
  /** What to give back once the password has turned out right. */
  #spent: (() => void)[] = []
  #hello: Hello | null = null
  #helloAt = 0
  #name: string
  #found: ServerForLink | null = null
  #serverLoginState = ''
  #standing: Promise<Standing> | null = null
  #refusedBeforehand: Refusal | null = null
  #admitted: { candidate: Candidate; welcome: Welcome } | null = null

  constructor(reception: Reception, { socket, address, channel, line, onSpoken, call }: Entrant) {
    this.#reception = reception
    this.#socket = socket
    this.#address = address
    this.#channel = channel
    this.#line = line
    this.#onSpoken = onSpoken
    this.#call = call
    this.#name = call?.target.name ?? ''
    // It may serve several portals, and has to know which of them calls.
    if (call !== null) socket.emit(WIRE.handshake, JSON.stringify({ type: 'callingFor', name: this.#name }))
    this.#timer = setTimeout(() => this.refuse({ code: 'handshake_timeout' }), reception.handshakeMs)
    reception.inProgress.add(this)
    this.#change({ type: 'opened' })
  }

  /** The server that it claims to be and that exists, proven or not. */
  get serverId(): string | null {
    return this.#found?.found === 'server' ? this.#found.serverId : null
  }

  received(event: string, args: readonly unknown[]): void {
    if (event === WIRE.handshake) this.#play({ type: 'received', text: args[0] })
    else this.refuse({ code: 'handshake_expected' })
  }

  refuse(refusal: Refusal): void {
    this.#play({ type: 'refuse', refusal })
  }

  /**
   * Refuses once it has proven itself. A refusal that overtook its proof could not carry our own proof, and the agent
   * would have to believe that somebody else had sent it.
   */
  refuseWhenProven(refusal: Refusal): void {
    this.#refusedBeforehand = refusal
  }

  /** Ends without a word, as when the line is lost. */
  abandon(): void {
    this.#end({ code: 'portal_closing' })
    this.#socket.disconnect(true)
  }

  closed(code: RefusalCode): void {
    // Somebody who connects and says nothing is a port scan or a load balancer's health check.
    const hasSpoken = this.#hello !== null || this.#call !== null || ENDED_BY_WORDS.has(code)
    if (!this.#isOver && hasSpoken) this.#fail({ code })
    this.#end({ code })
  }

  #play(event: VerifierEvent): void {
    if (this.#isOver) return
    const [next, actions] = verifierStep(this.#verifier, event, this.#channel)
    this.#verifier = next
    for (const action of actions) this.#act(action)
  }

  #act(action: VerifierAction): void {
    switch (action.type) {
      case 'send':
        this.#socket.emit(WIRE.handshake, action.text)
        return
      case 'startLogin':
        this.#hello = action.hello
        this.#onSpoken?.()
        this.#helloAt = Date.now()
        this.#run(this.#startLogin(action.hello))
        return
      case 'finishLogin':
        this.#play({ type: 'loginChecked', sessionKey: this.#finishLogin(action.finishLogin) })
        return
      case 'admit':
        this.#run(this.#admit(action.hello, action.body))
        return
      case 'proven': {
        this.#change({ type: 'proven' })
        this.#line?.reached('proven')
        this.#end(null)
        if (this.#admitted === null) throw new Error('Only who was admitted can be proven.')
        const { candidate, welcome } = this.#admitted
        this.#reception.proven(candidate, welcome, this.#state)
        return
      }
      case 'refused':
        this.#fail(action.refusal)
        this.#end(action.refusal)
        this.#socket.disconnect(true)
        return
    }
  }

  async #startLogin(hello: Hello): Promise<void> {
    const { byAddress, byName, entrance, find, opaqueServerSetup } = this.#reception
    const parsed = serverName.safeParse(hello.name)
    const claimed = parsed.success ? formatServerName(parsed.data) : hello.name
    if (this.#call !== null && claimed !== this.#call.target.name) {
      this.refuse({ code: 'malformed_message', detail: 'It answers as another server.' })
      return
    }
    this.#name = claimed
    this.#line?.said({ name: claimed })
    if (!this.#maySpend(byAddress, addressKey(this.#address))) return

    const comeBackInMs = entrance.enter()
    if (comeBackInMs !== null) {
      this.#giveBack()
      this.refuse({ code: 'portal_busy', retryAfterMs: comeBackInMs })
      return
    }
    this.#isInside = true

    const found = await find(parsed.success ? parsed.data : NOBODY)
    if (this.#isOver) return
    this.#found = found
    if (!this.#maySpend(byName, this.#nameKey(hello, found))) return

    await entrance.turn()
    if (this.#isOver) return
    const started = startLogin(opaqueServerSetup, this.#name, hello, found)
    if (started === null) {
      this.refuse({ code: 'malformed_message' })
      return
    }
    this.#serverLoginState = started.serverLoginState
    this.#play({
      type: 'loginStarted',
      loginResponse: started.loginResponse,
      nonce: randomBytes(32).toString('base64url'),
      clock: Date.now(),
      capabilities: OWN_CAPABILITIES,
    })
    this.#change({ type: 'challenged' })
    this.#line?.reached('challenged')
    if (found.found === 'server') {
      this.#standing = this.#reception.standing(found)
      // Whether anybody will ever wait for it is not known yet.
      this.#standing.catch(() => {})
    }
  }

  #finishLogin(finishLoginRequest: string): string | null {
    try {
      return opaque.server.finishLogin({ serverLoginState: this.#serverLoginState, finishLoginRequest })
        .sessionKey
    } catch {
      return null
    }
  }

  async #admit(hello: Hello, body: ProofBody): Promise<void> {
    this.#giveBack()
    // With the record of nobody no proof can hold.
    if (this.#found?.found !== 'server' || this.#standing === null) {
      this.refuse({ code: 'proof_invalid' })
      return
    }
    const candidate: Candidate = {
      server: this.#found,
      name: this.#name,
      address: this.#address,
      hello,
      body,
      clockSkewMs: hello.clock - this.#helloAt,
      socket: this.#socket,
      isDialled: this.#call !== null,
    }
    const standing = await this.#standing
    if (this.#isOver) return
    // From the decision to the link nothing waits: two newcomers cannot both find the place free.
    const decision: Decision = this.#refusedBeforehand
      ? { verdict: 'refused', refusal: this.#refusedBeforehand }
      : this.#reception.decide(candidate, standing)
    if (decision.verdict === 'refused') {
      this.refuse(decision.refusal)
      return
    }
    this.#admitted = { candidate, welcome: decision }
    const { portalName, appliedThrough } = decision
    this.#play({ type: 'admitted', portalName, appliedThrough })
  }

  #maySpend(attempts: Attempts, key: string): boolean {
    const retryAfterMs = attempts.take(key)
    if (retryAfterMs === null) {
      this.#spent.push(() => attempts.giveBack(key))
      return true
    }
    this.refuse({ code: 'too_many_attempts', retryAfterMs })
    return false
  }

  #giveBack(): void {
    for (const giveBack of this.#spent.splice(0)) giveBack()
  }

  #run(work: Promise<void>): void {
    work.catch((error) => {
      this.#reception.broke(error)
      const retryAfterMs = Math.round(COME_BACK_WHEN_BROKEN_MS * (1 + Math.random()))
      this.refuse({ code: 'portal_busy', retryAfterMs })
    })
  }

  #fail(refusal: Refusal): void {
    const code = reasonForLog(refusal.code, this.#found)
    const detail = this.#detailOf(refusal)
    this.#line?.brokeOff(code, detail)
    this.#reception.failed({
      address: this.#address,
      name: this.#name,
      found: this.#found,
      target: this.#call?.target ?? null,
      refusal: { ...refusal, code, detail },
    })
  }

  /** Who dials sees the certificate of the box in between; who is dialled has only its own to name. */
  #detailOf({ code, detail }: Refusal): string | undefined {
    if (code !== 'tls_intercepted' || this.#call === null) return detail
    const { issuer, subject, sha256 } = this.#channel.certificate
    return `issuer ${issuer}, subject ${subject}, SHA-256 ${sha256}`
  }

  /**
   * Guesses at a name are counted together, wherever they come from. But the installation that was proven last has a
   * count of its own, or anybody could lock a server out by guessing badly at its name; `instance` is known to it and us
   * alone. So has what we dial: whoever guesses here has to sit at the address that a person of the provider has set.
   */
  #nameKey({ instance }: Hello, found: ServerForLink): string {
    if (this.#call !== null) return `${this.#name} dialled`
    const isFamiliar = found.found === 'server' && found.instance === instance
    return isFamiliar ? `${this.#name} ${instance}` : this.#name
  }

  #change(event: LinkEvent): void {
    this.#state = nextState(this.#state, event)
  }

  /** Null: it goes on, as a link. */
  #end(refusal: Refusal | null): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#reception.inProgress.delete(this)
    if (this.#isInside) this.#reception.entrance.leave()
    if (refusal !== null) this.#change({ type: 'ended', code: refusal.code })
    this.#call?.over(refusal)
  }
}

/** Null when the request is no point on the curve. */
function startLogin(serverSetup: string, name: string, hello: Hello, found: ServerForLink) {
  try {
    return opaque.server.startLogin({
      serverSetup,
      // For a name that nobody has: the same at each attempt, as it would be if somebody had it.
      userIdentifier: found.found === 'server' ? found.serverId : `nobody ${name}`,
      registrationRecord: found.found === 'server' ? found.opaqueRecord : null,
      startLoginRequest: hello.loginRequest,
    })
  } catch {
    return null
  }
}

/** A name that nobody has looks like a wrong password on the line. The log knows better. */
function reasonForLog(code: RefusalCode, found: ServerForLink | null): RefusalCode {
  if (code !== 'wrong_password' && code !== 'proof_invalid') return code
  if (found?.found === 'nothing') return 'unknown_customer'
  return found?.found === 'customer_only' ? 'unknown_server' : code
}
