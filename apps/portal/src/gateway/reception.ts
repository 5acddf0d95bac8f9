/**
 * What a handshake and the gateway say to each other: who has proven what, how we stand with that server, and what was
 * decided about it.
 */
import type { ServerForLink } from '@holdfast/database'
import type { LinkState, Refusal, ServerName } from '@holdfast/protocol'
import type { Hello, ProofBody } from '@holdfast/protocol/handshake'
import type { Attempts } from './attempts.ts'
import type { KnownCopies } from './copies.ts'
import type { DialTarget } from './dial-targets.ts'
import type { Entrance } from './entrance.ts'
import type { Handshake } from './handshake.ts'
import type { LastLink } from './rules.ts'
import type { LinkSocket } from './socket.ts'

export type FoundServer = Extract<ServerForLink, { found: 'server' }>

/** Who has proven the password and the line, and waits for the gateway's rules. */
export type Candidate = {
  readonly server: FoundServer
  /** `customer/server` */
  readonly name: string
  readonly address: string
  readonly hello: Hello
  readonly body: ProofBody
  /** Its clock minus ours, in ms. */
  readonly clockSkewMs: number
  readonly socket: LinkSocket
  /** We have dialled it. */
  readonly isDialled: boolean
}

/** How we stand with a server at this moment; null when it has been removed meanwhile. */
export type Standing = {
  readonly passwordSetAt: Date
  /** Null before the first link. */
  readonly last: LastLink | null
  /** How far reports are applied, by journal. */
  readonly applied: Readonly<Record<string, number>>
  readonly copies: KnownCopies
  readonly portalName: string
} | null

export type Welcome = {
  readonly verdict: 'welcome'
  readonly portalName: string
  readonly appliedThrough: number
  /** It was refused before, because another machine was the server. */
  readonly wasCopy: boolean
  /** Another one than was linked last. */
  readonly isNewInstallation: boolean
}
export type Decision = Welcome | { readonly verdict: 'refused'; readonly refusal: Refusal }

/** What a handshake did not survive, as the log may know it. */
export type FailedAttempt = {
  readonly address: string
  /** As claimed; hostile text. */
  readonly name: string
  readonly found: ServerForLink | null
  /** Whom we have dialled; null where it has dialled us. */
  readonly target: DialTarget | null
  readonly refusal: Refusal
}

/** What all handshakes share: the gateway. */
export type Reception = {
  readonly opaqueServerSetup: string
  readonly handshakeMs: number
  readonly entrance: Entrance
  readonly byAddress: Attempts
  readonly byName: Attempts
  readonly inProgress: Set<Handshake>
  readonly find: (name: ServerName) => Promise<ServerForLink>
  readonly standing: (server: FoundServer) => Promise<Standing>
  readonly decide: (candidate: Candidate, standing: Standing) => Decision
  /** The welcome is on its way: from now on it is a link. */
  readonly proven: (candidate: Candidate, welcome: Welcome, state: LinkState) => void
  readonly failed: (attempt: FailedAttempt) => void
  /** Our own side broke: a database that is away. */
  readonly broke: (error: unknown) => void
}
