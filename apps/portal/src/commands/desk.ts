/**
 * Carries what people want of servers to their agents. This is the portal's `Agents` (runtime.ts).
 *
 *   give ──► row, durable ──► online? ──no──► waits for the server to connect, or for its deadline
 *                                │ yes
 *                                ▼
 *                           deliveries.ts
 *
 *   link comes up ──► its plans (plan-pushes.ts) ──► its vaults (vault-pushes.ts) ──► its open commands (deliveries.ts)
 *
 * Plans and vaults go first: a command may speak of a plan that was changed while the server was away, or want leave to
 * use a vault. That leave is renewed for as long as a link lasts.
 */

import type { KeyObject } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import {
  type Capability,
  has,
  type Query,
  type QueryAnswer,
  type QueryRefusal,
  type RefusalCode,
  readAnswer,
  WIRE,
} from '@holdfast/protocol'
import { Batch } from '#batching/batch.ts'
import type { Gateway } from '#gateway/gateway.ts'
import type { Link } from '#gateway/link.ts'
import type { LiveBus } from '#live/bus.ts'
import type { ProcessLog } from '#start/process-log.ts'
import { vaultsFor } from '#vaults/grants.ts'
import type { Actor, Agents, CommandOrder } from '../runtime.ts'
import { Deliveries } from './deliveries.ts'
import { PlanPushes } from './plan-pushes.ts'
import type { CommandStore, OpenCommand, Wanted } from './store.ts'
import { VaultPushes } from './vault-pushes.ts'

export type DeskOptions = {
  readonly store: CommandStore
  readonly gateway: Gateway
  readonly live: LiveBus
  readonly processLog: ProcessLog
  /** Signs the leave to use vaults. */
  readonly vaultKey: KeyObject
  readonly timing?: Partial<DeskTiming>
}

export type DeskTiming = {
  /** An agent that has not acknowledged something by then is sent it again. */
  readonly receiptMs: number
  /** A question that has no answer by then has none. */
  readonly answerMs: number
  readonly expirySweepMs: number
  /** How often the leave to use vaults is signed anew on the links that last. */
  readonly renewMs: number
}

const TIMING: DeskTiming = {
  receiptMs: 15_000,
  answerMs: 15_000,
  expirySweepMs: 5_000,
  renewMs: 12 * 3_600_000,
}
const LOAD_AGAIN_AFTER_MS = 2_000
/** Servers that come up together are asked for together. */
const WANTED_WAIT_MS = 50
/** Whose leave to use vaults is looked up in one go. */
const RENEWED_TOGETHER = 500

/** What an agent must be able to do to answer each kind of question. */
const CAPABILITY_FOR: Record<Query['kind'], Capability> = {
  browse: 'browse',
  sshKeys: 'repository.places',
  snapshots: 'snapshots',
  snapshotFolder: 'snapshots',
  snapshotSearch: 'snapshots',
  snapshotCompare: 'snapshots',
  fileVersions: 'snapshots',
}

export class CommandDesk implements Agents {
  readonly #options: DeskOptions
  readonly #timing: DeskTiming
  readonly #deliveries: Deliveries
  readonly #plans: PlanPushes
  readonly #vaults: VaultPushes
  readonly #wanted: Batch<Link, Wanted>
  /** Links that are still being given what waited for them. */
  readonly #greeting = new Map<Link, Promise<void>>()
  readonly #sweep: NodeJS.Timeout
  readonly #renewal: NodeJS.Timeout

  constructor(options: DeskOptions) {
    const { store, gateway, live, processLog } = options
    this.#options = options
    this.#timing = { ...TIMING, ...options.timing }
    const { receiptMs, expirySweepMs, renewMs } = this.#timing
    this.#deliveries = new Deliveries({ store, live, processLog, receiptMs })
    this.#plans = new PlanPushes({
      ...{ store, live, processLog, receiptMs },
      onRefused: (link, { code, detail }) => gateway.note(link, code, `Plans: ${detail}`),
    })
    this.#vaults = new VaultPushes({
      receiptMs,
      onRefused: (link, { code, detail }) => gateway.note(link, code, `Vaults: ${detail}`),
    })
    this.#wanted = new Batch({ delayMs: WANTED_WAIT_MS, flush: (links) => this.#loadWanted(links) })
    this.#sweep = setInterval(() => void this.expireOverdue(), expirySweepMs)
    this.#renewal = setInterval(() => void this.renewVaults(), renewMs)
    gateway.onLinkUp((link) => {
      const greeting = this.#greet(link).finally(() => this.#greeting.delete(link))
      this.#greeting.set(link, greeting)
    })
  }

  /** @throws NoSuchServer when the actor's tenant has none of this id */
  async give(actor: Actor, order: CommandOrder): Promise<{ commandId: string }> {
    const { store, gateway, live } = this.#options
    const added = await store.add(actor, order)
    if (added === null) throw new NoSuchServer()
    const { command, news } = added
    for (const event of news) live.publish(event)
    const link = gateway.link(order.serverId)
    // Who is still being greeted may or may not have been given this one: it can be given twice.
    if (link) void this.#whenGreeted(link).then(() => this.#deliver(link, command))
    return { commandId: command.commandId }
  }

  async ask<Q extends Query>(actor: Actor, serverId: string, query: Q): Promise<QueryAnswer<Q['kind']>> {
    const link = this.linkFor(actor, serverId)
    if (link === null) return refused('server_offline')
    if (!has(link.facts.capabilities, CAPABILITY_FOR[query.kind])) return refused('capability_missing')
    const answer = await link.request(WIRE.portalToAgent.query, query, this.#timing.answerMs)
    if (answer === undefined) return refused(link.isOnline ? 'no_answer' : 'server_offline')
    const kind: Q['kind'] = query.kind
    return readAnswer(kind, answer) ?? refused('malformed_message')
  }

  async plansChanged(actor: Actor, serverId: string): Promise<void> {
    const link = this.linkFor(actor, serverId)
    if (link === null) return
    await this.#whenGreeted(link)
    // The batch reads one after the other, so the newest read is also the newest truth.
    const wanted = await this.#wanted.add(link)
    this.#plans.push(link, wanted)
    // What a plan removes from a vault is in the leave to use it.
    if (wanted.vaulted.length > 0) this.#pushVaults(link, wanted)
  }

  async vaultsChanged(actor: Actor, serverId: string): Promise<void> {
    const link = this.linkFor(actor, serverId)
    if (link === null) return
    await this.#whenGreeted(link)
    this.#pushVaults(link, await this.#wanted.add(link))
  }

  /** Signs anew, for every server that is linked, the leave to use its vaults. */
  async renewVaults(): Promise<void> {
    const links = [...this.#options.gateway.links]
    for (let at = 0; at < links.length; at += RENEWED_TOGETHER)
      await Promise.all(links.slice(at, at + RENEWED_TOGETHER).map((link) => this.#renewVaults(link)))
  }

  lastHeardAt(actor: Actor, serverId: string): Date | null {
    return this.linkFor(actor, serverId)?.lastHeardAt ?? null
  }

  cut(serverId: string, code: RefusalCode): void {
    this.#options.gateway.cut(serverId, code)
  }

  dialAddressChanged(serverId: string): void {
    this.#options.gateway.dialAddressChanged(serverId)
  }

  /** Gives up what was not acknowledged before its deadline. */
  async expireOverdue(now = new Date()): Promise<void> {
    const { store, processLog } = this.#options
    try {
      const providerId = await store.portalProviderId()
      if (providerId !== null) this.#deliveries.expire(providerId, await store.overdue(providerId, now))
    } catch (error) {
      processLog.error({ err: error }, 'Overdue commands could not be looked for.')
    }
  }

  /** Resolves when all that happened so far is in the database. */
  async settle(): Promise<void> {
    await Promise.all(this.#greeting.values())
    await Promise.all([this.#deliveries.drain(), this.#plans.drain()])
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep)
    clearInterval(this.#renewal)
    await this.settle()
  }

  async #greet(link: Link): Promise<void> {
    while (link.isOnline) {
      try {
        const wanted = await this.#wanted.add(link)
        this.#plans.push(link, wanted)
        if (wanted.vaulted.length > 0) this.#pushVaults(link, wanted)
        for (const command of wanted.commands) this.#deliveries.deliver(link, command)
        return
      } catch (error) {
        this.#options.processLog.error({ err: error }, 'Plans and commands of a server could not be read.')
        await after(LOAD_AGAIN_AFTER_MS, undefined, { ref: false })
      }
    }
  }

  async #renewVaults(link: Link): Promise<void> {
    try {
      const wanted = await this.#wanted.add(link)
      if (link.isOnline && wanted.vaulted.length > 0) this.#pushVaults(link, wanted)
    } catch (error) {
      this.#options.processLog.error({ err: error }, 'The leave to use vaults could not be renewed.')
    }
  }

  #pushVaults(link: Link, { vaulted }: Wanted): void {
    const { vaultKey, capabilities } = link.facts
    if (vaultKey === null || !has(capabilities, 'repository.vault')) return
    this.#vaults.push(link, vaultsFor(vaultKey, vaulted, this.#options.vaultKey))
  }

  /** Who is told to open what lies in a vault gets the leave for it first. */
  async #deliver(link: Link, command: OpenCommand): Promise<void> {
    const { body } = command
    if (body.kind === 'openRepository' && body.place.kind === 'vault')
      await this.#wanted.add(link).then(
        (wanted) => this.#pushVaults(link, wanted),
        (error: unknown) =>
          this.#options.processLog.error({ err: error }, 'The leave to use a vault could not be read.'),
      )
    this.#deliveries.deliver(link, command)
  }

  async #whenGreeted(link: Link): Promise<void> {
    await this.#greeting.get(link)
  }

  async #loadWanted(links: readonly Link[]): Promise<Wanted[]> {
    const wanted = new Map<Link, Wanted>()
    for (const [providerId, ofProvider] of Map.groupBy(links, ({ facts }) => facts.providerId)) {
      const serverIds = ofProvider.map(({ facts }) => facts.serverId)
      const loaded = await this.#options.store.wantedOf(providerId, serverIds)
      for (const [index, link] of ofProvider.entries()) wanted.set(link, loaded[index] ?? NOTHING)
    }
    return links.map((link) => wanted.get(link) ?? NOTHING)
  }

  /** A stranger's server answers like one that is offline. */
  linkFor(actor: Actor, serverId: string): Link | null {
    const link = this.#options.gateway.link(serverId)
    if (link === null || link.facts.providerId !== actor.providerId) return null
    return actor.customerId === null || actor.customerId === link.facts.customerId ? link : null
  }
}

const NOTHING: Wanted = { plans: [], recovery: null, vaulted: [], commands: [] }

function refused(code: RefusalCode): QueryRefusal {
  return { outcome: 'refused', code, detail: '' }
}

export class NoSuchServer extends Error {
  override name = 'NoSuchServer'
}
