/**
 * What the portal's two halves share. The server bundle (main.ts: database, gateway, live console) and Next's route
 * bundles are separate module instances in one process, so the one thing they have in common hangs on `globalThis`.
 * Features take what they need from `runtime()`; only main.ts ever sets it.
 */
import type { Database } from '@holdfast/database'
import type { CommandBody, Query, QueryAnswer, RefusalCode } from '@holdfast/protocol'
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
  ask(actor: Actor, serverId: string, query: Query): Promise<QueryAnswer>
  /** Sends the server its wanted plans anew, if it is online; otherwise it gets them when it connects. */
  plansChanged(actor: Actor, serverId: string): Promise<void>
  /** Cuts a server's link, for example because its password was changed. */
  cut(serverId: string, code: RefusalCode): void
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

export type PortalRuntime = {
  readonly settings: Settings
  readonly database: Database
  readonly agents: Agents
  readonly live: LiveBus
  readonly gateway: GatewayFacts
  /** The portal's OPAQUE set-up: losing it makes every registration record worthless. Never leaves the server. */
  readonly opaqueServerSetup: string
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
