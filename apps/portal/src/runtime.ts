/**
 * What the portal's two halves share. The server bundle (main.ts: database, gateway, live console) and Next's route
 * bundles are separate module instances in one process, so the one thing they have in common hangs on `globalThis`.
 * Features take what they need from `runtime()`; only main.ts ever sets it.
 */
import type { KeyObject } from 'node:crypto'
import type { Database } from '@holdfast/database'
import type { CommandBody, Query, QueryAnswer, RefusalCode } from '@holdfast/protocol'
import type { CertificateFacts } from '@holdfast/protocol/handshake'
import type { Downloads } from '#downloads/downloads.ts'
import type { Knocks } from '#gateway/knocks.ts'
import type { LiveBus } from '#live/bus.ts'
import type { Settings } from './settings.ts'

/** Who acts, and within which tenant. `customerId` is null for the provider's own people. */
export type Actor = {
  readonly userId: string
  readonly name: string
  readonly providerId: string
  readonly customerId: string | null
}

export type Agents = {
  /** Writes the command's row, then delivers it at once or when the server next connects. Durable when it resolves. */
  give(actor: Actor, order: CommandOrder): Promise<{ commandId: string }>
  /** Asks a live agent and waits for its answer; `server_offline` or `no_answer` when there is none. */
  ask<Q extends Query>(actor: Actor, serverId: string, query: Q): Promise<QueryAnswer<Q['kind']>>
  /** Sends the server its wanted plans anew, if it is online; otherwise it gets them when it connects. */
  plansChanged(actor: Actor, serverId: string): Promise<void>
  /** Sends the server its vaults and the leave to use them anew; if it is offline, it gets them when it connects. */
  vaultsChanged(actor: Actor, serverId: string): Promise<void>
  /** When a server was last heard on its link, be it only an answer to a ping; null while it is offline. */
  lastHeardAt(actor: Actor, serverId: string): Date | null
  /** Cuts a server's link, for example because its password was changed. */
  cut(serverId: string, code: RefusalCode): void
  /** Where the portal dials a server was set, changed or taken away. */
  dialAddressChanged(serverId: string): void
}

export type CommandOrder = {
  readonly serverId: string
  readonly body: CommandBody
  /** Why, in words for the remote management log. */
  readonly reason: string
  readonly expiresInMs: number
}

/** What an agent must know to dial this portal. */
export type GatewayFacts = { readonly addresses: readonly string[]; readonly certificateSha256: string }

/** What the portal knows of itself. */
export type PortalSelf = {
  readonly version: string
  readonly startedAt: Date
  /** `address` is where it listens: host:port. */
  listeners(): readonly { what: 'console' | 'gateway'; address: string; isListening: boolean }[]
  readonly certificates: readonly ({ readonly what: 'console' | 'gateway' } & CertificateFacts)[]
  linkCount(): number
  /** Who knocked at the gateway's door lately: for the provider's own people only. */
  readonly knocks: Pick<Knocks, 'rows' | 'visit'>
}

export type PortalRuntime = {
  readonly settings: Settings
  readonly database: Database
  readonly agents: Agents
  readonly downloads: Pick<Downloads, 'begin' | 'open'>
  readonly live: LiveBus
  readonly gateway: GatewayFacts
  readonly self: PortalSelf
  /** The portal's OPAQUE set-up: losing it makes every registration record worthless. Never leaves the server. */
  readonly opaqueServerSetup: string
  /** Signs who may use a vault. Never leaves the server either. */
  readonly vaultKey: KeyObject
}

const shared = globalThis as typeof globalThis & { holdfastPortal?: PortalRuntime }

export function setRuntime(portal: PortalRuntime): void {
  shared.holdfastPortal = portal
}

export function runtime(): PortalRuntime {
  if (!shared.holdfastPortal)
    throw new Error('The portal has not started: apps/portal/main.ts sets the runtime first.')
  return shared.holdfastPortal
}
