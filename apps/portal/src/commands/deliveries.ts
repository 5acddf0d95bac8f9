/**
 * Sends commands to their agents until each is in its agent's journal.
 *
 *   sent ──receipt──► accepted | refused
 *    │ ▲
 *    │ └── no receipt in time: sent again, for as long as the link stands and the deadline allows
 *    └──── link ended: sent again when the server next connects (desk.ts)
 *
 * The states that this brings about are written in batches; a lost one does no harm, because what is not acknowledged in
 * the database is sent again, and the agent gives the same receipt for the same id.
 */
import { commandReceipt, type portalToAgent, WIRE } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'
import { Batch } from '#batching/batch.ts'
import type { Link } from '#gateway/link.ts'
import type { LiveBus } from '#live/bus.ts'
import { storable } from '#log/foreign.ts'
import type { ProcessLog } from '#start/process-log.ts'
import type { CommandMove } from './moves-in-sql.ts'
import type { CommandStore, OpenCommand } from './store.ts'

export type DeliveryOptions = {
  readonly store: CommandStore
  readonly live: LiveBus
  readonly processLog: ProcessLog
  /** An agent that has not acknowledged a command by then is sent it again. */
  readonly receiptMs: number
}

type Move = { readonly providerId: string; readonly move: CommandMove }

/** What an agent acknowledges sooner is not worth a row of its own: it goes from queued to accepted at once. */
const WORTH_SAYING_AFTER_MS = 250
const WRITE_AGAIN_AFTER_MS = 2_000
const COME_BACK_AFTER_MALFORMED_MS = 60_000

export class Deliveries {
  readonly #options: DeliveryOptions
  readonly #moves: Batch<Move, undefined>
  /** Commands on their way at this moment, and over which link. */
  readonly #underWay = new Map<string, Link>()
  #sequence = 0

  constructor(options: DeliveryOptions) {
    this.#options = options
    this.#moves = new Batch({ flush: (moves) => this.#write(moves) })
  }

  /** Returns at once. Nothing happens when this command is on its way over this link already. */
  deliver(link: Link, command: OpenCommand): void {
    const { commandId } = command
    if (this.#underWay.get(commandId) === link) return
    this.#underWay.set(commandId, link)
    this.#carry(link, command).finally(() => {
      if (this.#underWay.get(commandId) === link) this.#underWay.delete(commandId)
    })
  }

  /** Gives up those that were not acknowledged before their deadline. */
  expire(providerId: string, overdue: readonly { serverId: string; commandId: string }[]): void {
    for (const { serverId, commandId } of overdue)
      this.#move({ providerId, serverId, commandId }, 'expired', 'command_expired')
  }

  /** Resolves when all states known so far are in the database, or could not be written. */
  drain(): Promise<void> {
    return this.#moves.drain()
  }

  async #carry(link: Link, { commandId, serverId, body, by, reason, deadline }: OpenCommand): Promise<void> {
    const of = { providerId: link.facts.providerId, serverId, commandId }
    while (link.isOnline) {
      const expiresInMs = deadline.getTime() - Date.now()
      if (expiresInMs <= 0) return
      const message: z.input<typeof portalToAgent.command> = {
        id: commandId,
        ...{ body, expiresInMs },
        by: by.slice(0, 200),
        reason: reason.slice(0, 500),
      }
      const slow = setTimeout(() => this.#move(of, 'delivered'), WORTH_SAYING_AFTER_MS)
      const answer = await link.request(WIRE.portalToAgent.command, message, this.#options.receiptMs)
      clearTimeout(slow)
      if (answer === undefined) continue
      const receipt = commandReceipt.safeParse(answer)
      if (!receipt.success)
        link.end('malformed_message', COME_BACK_AFTER_MALFORMED_MS, 'receipt of a command')
      else if (receipt.data.outcome === 'accepted') this.#move(of, 'accepted')
      else this.#move(of, 'refused', receipt.data.code, storable(receipt.data.detail, 2_000))
      return
    }
  }

  #move(
    { providerId, serverId, commandId }: { providerId: string; serverId: string; commandId: string },
    state: CommandMove['state'],
    code: CommandMove['code'] = null,
    detail = '',
  ): void {
    this.#sequence += 1
    const move = { serverId, commandId, state, code, detail, sequence: this.#sequence, logId: uuidv7() }
    this.#add({ providerId, move })
  }

  #add(move: Move): void {
    this.#moves.add(move).catch((error) => {
      this.#options.processLog.error({ err: error }, 'States of commands could not be written.')
      setTimeout(() => this.#add(move), WRITE_AGAIN_AFTER_MS).unref()
    })
  }

  async #write(moves: readonly Move[]): Promise<undefined[]> {
    const { store, live } = this.#options
    for (const [providerId, ofProvider] of Map.groupBy(moves, (move) => move.providerId)) {
      const news = await store.move(
        providerId,
        ofProvider.map(({ move }) => move),
      )
      for (const event of news) live.publish(event)
    }
    return moves.map(() => undefined)
  }
}
