/**
 * The part of the portal that agents connect to. It knows who is linked at this moment, lets servers in by the rules,
 * and passes on what they say; it imports nothing of the console, so it could run in a process of its own.
 *
 *   Listener, Dialer ──► Handshake (handshake.ts) ──proven──► Link (link.ts) ──► reports  (reports/intake.ts)
 *                 │ failed                             │               progress, machine
 *                 ▼                                    ▼
 *        remote management log                 presence (presence.ts), commands and plans (#commands)
 */
import type { KeyObject } from 'node:crypto'
import type { LookupFunction } from 'node:net'
import type { Database, ServerForLink } from '@holdfast/database'
import type { LinkState, Refusal, RefusalCode, Report, ServerName } from '@holdfast/protocol'
import { clockSkewWorthTelling } from '@holdfast/protocol/handshake'
import * as opaque from '@serenity-kit/opaque'
import type { DisconnectReason } from 'socket.io'
import { Batch } from '#batching/batch.ts'
import type { GatewayCertificate } from '#keys/gateway-certificate.ts'
import type { LiveBus } from '#live/bus.ts'
import type { ManagementLog } from '#log/management-log.ts'
import type { ProcessLog } from '#start/process-log.ts'
import { Attempts } from './attempts.ts'
import { skewInWords } from './clock-skew.ts'
import { Copies, decidedAgainst, placeOfChosen, refusalOfCopy } from './copies.ts'
import { createDialTargets } from './dial-targets.ts'
import { Dialer } from './dialer.ts'
import { Doorstep } from './doorstep.ts'
import { Entrance } from './entrance.ts'
import { type Door, whoDialled, whoWasDialled } from './entrant.ts'
import { GatewayLog } from './gateway-log.ts'
import { Handshake } from './handshake.ts'
import { keptOnce } from './kept-once.ts'
import { Knocks } from './knocks.ts'
import { watchLife } from './life.ts'
import { type GatewayLimits, USUAL_LIMITS } from './limits.ts'
import { type DownloadIntake, Link, type LinkFacts, type LinkHooks } from './link.ts'
import { type AcceptedSocket, Listener, type Place } from './listener.ts'
import { ownerOf } from './owner.ts'
import { whyItClosed } from './peer.ts'
import { Places } from './places.ts'
import { Presence } from './presence.ts'
import type { Candidate, Decision, Reception, Standing, Welcome } from './reception.ts'
import { ReportIntake, ReportsUnusable } from './reports/intake.ts'
import { placeOf } from './rules.ts'
import { createStandings, type Standings } from './standings.ts'
import { VaultRelay } from './vault-relay.ts'
import { lineOf } from './watch-door.ts'

export type GatewayOptions = {
  readonly database: Database
  readonly log: ManagementLog
  readonly live: LiveBus
  readonly processLog: ProcessLog
  readonly certificate: GatewayCertificate
  readonly terminators: readonly string[]
  readonly opaqueServerSetup: string
  /** Signs who may use a vault. */
  readonly vaultKey: KeyObject
  readonly limits?: Partial<GatewayLimits>
  /** How vaults are found, in place of the system's resolver. */
  readonly lookup?: LookupFunction
}

/** Told of each link that comes up. A new installation knows nothing of what the one before it was doing. */
export type LinkUp = (link: Link, about: { readonly isNewInstallation: boolean }) => void

/** Names that are said together are looked up together. */
const LOOK_UP_WAIT_MS = 25
const COME_BACK_AFTER_UNUSABLE_MS = 10 * 60_000
/** At what pace agents are asked to come back after a planned restart, and the least time that one takes. */
const COME_BACK_PER_LINK_MS = 5
const COME_BACK_MS_MIN = 2_000

export class Gateway {
  readonly #options: GatewayOptions
  /** Who knocked lately, and how far they got. */
  readonly knocks = new Knocks()
  readonly #log: GatewayLog
  readonly #listener: Listener
  readonly #vaultRelay: VaultRelay
  readonly #dialer: Dialer
  readonly #presence: Presence
  readonly #copies: Copies
  readonly #intake: ReportIntake
  readonly #standings: Standings
  readonly #lookUps: Batch<ServerName, ServerForLink>
  readonly #links = new Places<Link>()
  readonly #inProgress = new Set<Handshake>()
  readonly #hooks: LinkHooks
  #onLinkUp: LinkUp = () => {}
  #downloads: DownloadIntake | null = null

  constructor(options: GatewayOptions) {
    const { database, live, processLog, certificate } = options
    this.#options = options
    this.#log = new GatewayLog(options.log)
    this.#presence = new Presence(database, live, processLog)
    this.#copies = new Copies(database, live, processLog)
    this.#intake = new ReportIntake(database, (event) => live.publish(event))
    this.#standings = createStandings(database)
    this.#lookUps = new Batch({
      delayMs: LOOK_UP_WAIT_MS,
      flush: (names) => database.directory.findServersForLink(names),
    })
    this.#hooks = {
      reports: (link, reports) => this.#takeReports(link, reports),
      progress: ({ facts }, progress) => live.publish({ type: 'progress', ...ownerOf(facts), progress }),
      restoreProgress: ({ facts }, progress) =>
        live.publish({ type: 'restoreProgress', ...ownerOf(facts), progress }),
      downloads: () => this.#downloads,
      machine: ({ facts }, machine) => this.#presence.machine(ownerOf(facts), machine, facts.notices),
      tooManyReports: (link) => this.#log.link(link, 'too_many_reports', ''),
      ended: (link, code, detail) => this.#linkDown(link, code, detail),
      reportPace: options.limits?.reportPace ?? USUAL_LIMITS.reportPace,
      untakenMax: options.limits?.untakenMax ?? USUAL_LIMITS.untakenMax,
    }
    const reception = this.#reception()
    const doorstep = new Doorstep(options.limits?.silence ?? USUAL_LIMITS.silence, (address) =>
      this.#log.attempt({ code: 'too_many_attempts', address, detail: 'Connections that say nothing.' }),
    )
    const door: Door = {
      certificate: certificate.facts,
      terminators: options.terminators,
      knocks: this.knocks,
      doorstep,
    }
    this.#vaultRelay = new VaultRelay({
      ...{ database, processLog, vaultKey: options.vaultKey, lookup: options.lookup },
      limits: options.limits?.vaultRelay,
      onAdmitted: (socket) => {
        doorstep.leave(socket)
        lineOf(this.knocks, socket)?.reached('proven')
      },
    })
    this.#listener = new Listener({
      vaultRelay: this.#vaultRelay,
      knocks: this.knocks,
      certificate,
      onSocket: (socket) => {
        socket.data.peer = new Handshake(reception, whoDialled(socket, door))
        watchLife(socket, socket.conn)
        socket.onAny(passOn)
        socket.on('disconnect', close)
        socket.on('error', unreadable)
      },
      onPlainHttp: (address) => this.#log.attempt({ code: 'plain_to_tls', address }),
      doorstep,
    })
    const targets = createDialTargets(database)
    this.#dialer = new Dialer({
      targets: targets.all,
      target: targets.of,
      isLinked: (serverId) => this.#links.of(serverId) !== null,
      onOpen: (target, dialled, over) => {
        dialled.socket.data.peer = new Handshake(reception, whoWasDialled(dialled, { target, over }))
      },
      failed: (target, code) => this.#log.dialFailed(target, code),
      broke: (error) => processLog.error({ err: error }, 'A server could not be dialled.'),
      ...(options.limits?.dialing && { timing: options.limits.dialing }),
    })
  }

  /** The ports it got. Rejects with the system's own error, with the place in it that was not to be had. */
  async listen(places: readonly Place[]): Promise<number[]> {
    await opaque.ready
    const ports = await this.#listener.listen(places)
    await this.#dialer.start()
    return ports
  }

  /** Who is told of each link that comes up: commands and plans wait for it. */
  onLinkUp(tell: LinkUp): void {
    this.#onLinkUp = tell
  }

  /** Who takes what agents send for downloads. */
  onDownloads(intake: DownloadIntake): void {
    this.#downloads = intake
  }

  /** The live link of a server; null while it is offline. */
  link(serverId: string): Link | null {
    return this.#links.of(serverId)
  }

  /** Every link at this moment. */
  get links(): Iterable<Link> {
    return this.#links.all()
  }

  get isListening(): boolean {
    return this.#listener.isListening
  }

  get linkCount(): number {
    return this.#links.count
  }

  /** Ways to vaults that lead through here at this moment. */
  get vaultWayCount(): number {
    return this.#vaultRelay.count
  }

  /** Where a server is dialled was set, changed or taken away. */
  dialAddressChanged(serverId: string): void {
    this.#dialer.addressChanged(serverId).catch((error) => {
      this.#options.processLog.error({ err: error, serverId }, 'A server cannot be dialled.')
    })
  }

  /** Ends a server's link, and keeps one that is about to be proven from coming up. */
  cut(serverId: string, code: RefusalCode): void {
    for (const handshake of this.#inProgress)
      if (handshake.serverId === serverId) handshake.refuseWhenProven({ code })
    this.#links.of(serverId)?.end(code, COME_BACK_MS_MIN)
  }

  /** Something worth knowing about a server, said over its link. `detail` may be foreign text. */
  note(link: Link, code: RefusalCode, detail: string): void {
    this.#log.link(link, code, detail)
  }

  /** Resolves when all that happened so far is in the database: reports, presence and log. */
  async settle(): Promise<void> {
    await this.#intake.drain()
    await this.#presence.drain()
    await this.#copies.drain()
    await this.#log.drain()
  }

  /**
   * Ends in an orderly way: nobody new comes in, what was reported is committed and acknowledged, and each agent is told
   * when to come back, at a time of its own.
   */
  async close(): Promise<void> {
    this.#listener.stopAccepting()
    const dialsEnded = this.#dialer.stop()
    for (const handshake of [...this.#inProgress]) handshake.abandon()
    await dialsEnded
    await this.#intake.drain()
    // Counted once: each that ends is one less, and the last ones would all come back at the same time.
    const links = [...this.#links.all()]
    for (const link of links) link.end('portal_closing', comeBackInMs(links.length))
    this.#vaultRelay.close()
    await this.#listener.close()
    await this.#presence.drain()
    await this.#copies.drain()
  }

  #reception(): Reception {
    const { opaqueServerSetup, processLog, limits } = this.#options
    const { entrance, attemptsByAddress, attemptsByName, handshakeMs } = { ...USUAL_LIMITS, ...limits }
    return {
      opaqueServerSetup,
      handshakeMs,
      entrance: new Entrance(entrance),
      byAddress: new Attempts(attemptsByAddress),
      byName: new Attempts(attemptsByName),
      inProgress: this.#inProgress,
      find: (name) => this.#lookUps.add(name),
      standing: (server) => this.#standings.add(server),
      decide: (candidate, standing) => this.#decide(candidate, standing),
      proven: (candidate, welcome, state) => this.#linkUp(candidate, welcome, state),
      failed: (attempt) => this.#log.failed(attempt),
      broke: (error) => processLog.error({ err: error }, 'A handshake could not be finished.'),
    }
  }

  #decide(candidate: Candidate, standing: Standing): Decision {
    const { server, hello, body } = candidate
    if (standing === null || standing.passwordSetAt.getTime() !== server.passwordSetAt.getTime())
      return { verdict: 'refused', refusal: { code: 'password_changed' } }
    const { copies, portalName } = standing
    const copy = copies[hello.instance]
    const decided = decidedAgainst(copy)
    if (decided !== null) return this.#refuseCopy(candidate, decided)
    const last = this.#presence.lastLink(server.serverId, standing.last)
    const place = placeOfChosen(copies) ?? (last && placeOf(last, standing.passwordSetAt))
    const verdict = this.#links.mayTake(server.serverId, hello, place)
    if (verdict.verdict === 'refused') {
      if (verdict.code === 'clone_refused') return this.#refuseCopy(candidate, refusalOfCopy())
      return { verdict: 'refused', refusal: { code: verdict.code } }
    }
    const appliedThrough = standing.applied[body.journalId] ?? 0
    // By who was linked, and not by whom the place was held for.
    const isNewInstallation = last !== null && last.instance !== hello.instance
    const wasCopy = copy !== undefined
    return { verdict: 'welcome', portalName, appliedThrough, isNewInstallation, wasCopy }
  }

  #refuseCopy({ server, hello, body, address }: Candidate, refusal: Refusal): Decision {
    const { hostname } = body.machine
    this.#copies.refused(ownerOf(server), { instance: hello.instance, hostname, address })
    return { verdict: 'refused', refusal }
  }

  #linkUp(candidate: Candidate, welcome: Welcome, state: LinkState): void {
    const { server, name, address, hello, body, clockSkewMs, socket, isDialled } = candidate
    const { isNewInstallation, appliedThrough, wasCopy } = welcome
    const { providerId, customerId, serverId } = server
    const isClockWrong = clockSkewWorthTelling(hello.clock, hello.clock - clockSkewMs) !== null
    const facts: LinkFacts = {
      ...{ providerId, customerId, serverId, name, address, isDialled },
      instance: hello.instance,
      session: hello.session,
      journalId: body.journalId,
      capabilities: keptOnce(hello.capabilities),
      vaultKey: body.machine.vaultKey ?? null,
      notices: isClockWrong ? ['clock_skew'] : [],
    }
    const link = new Link(facts, socket, this.#hooks, state, appliedThrough)
    const zombie = this.#links.take(link)
    socket.data.peer = link
    zombie?.end('superseded', COME_BACK_MS_MIN)
    this.#presence.cameUp(ownerOf(facts), { ...facts, clockSkewMs, machine: body.machine })
    if (wasCopy) this.#copies.cameIn(ownerOf(facts), facts.instance)
    this.#log.link(link, isNewInstallation ? 'new_installation' : 'online', body.machine.hostname)
    if (isClockWrong) this.#log.link(link, 'clock_skew', skewInWords(clockSkewMs))
    this.#onLinkUp(link, { isNewInstallation })
    this.#dialer.linkChanged(serverId)
  }

  #linkDown(link: Link, code: RefusalCode, detail: string): void {
    this.#log.link(link, code, detail)
    this.#downloads?.linkEnded(link)
    if (!this.#links.leave(link)) return
    this.#presence.wentDown(ownerOf(link.facts), code, link.lastHeardAt)
    this.#dialer.linkChanged(link.facts.serverId)
  }

  async #takeReports(link: Link, reports: readonly Report[]): Promise<number> {
    const { providerId, serverId, journalId } = link.facts
    try {
      return await this.#intake.take({ providerId, serverId, journalId, reports })
    } catch (error) {
      if (error instanceof ReportsUnusable)
        link.end('malformed_message', COME_BACK_AFTER_UNUSABLE_MS, 'reports that cannot be stored')
      this.#options.processLog.error({ err: error, serverId }, 'Reports could not be committed.')
      throw error
    }
  }
}

/** Spread over as long as it takes to let all of them in again. */
function comeBackInMs(links: number): number {
  return Math.round(COME_BACK_MS_MIN + Math.random() * links * COME_BACK_PER_LINK_MS)
}

// One function each for all sockets, so that a link costs no closures.

function passOn(this: AcceptedSocket, event: string, ...args: unknown[]): void {
  this.data.peer?.received(event, args)
}

function close(this: AcceptedSocket, reason: DisconnectReason, description?: unknown): void {
  this.data.peer?.closed(whyItClosed(reason, description))
}

/** What came is no packet of socket.io, which closes such a connection by itself right after this. */
function unreadable(this: AcceptedSocket): void {
  this.data.peer?.closed('malformed_message')
}
