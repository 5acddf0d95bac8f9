/** Stands where the gateway stands: takes what features ask of servers, and remembers it for a test to look at. */
import type { Query, QueryAnswer, RefusalCode } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import type { Actor, Agents, CommandOrder } from '#runtime.ts'

export class RecordedAgents implements Agents {
  readonly given: (CommandOrder & { actor: Actor; commandId: string })[] = []
  readonly asked: { actor: Actor; serverId: string; query: Query }[] = []
  readonly toldPlans: string[] = []
  readonly toldVaults: string[] = []
  readonly cuts: { serverId: string; code: RefusalCode }[] = []
  /** Servers whose address the gateway was told to look at anew. */
  readonly dialling: string[] = []
  readonly heard = new Map<string, Date>()
  reply: QueryAnswer = { outcome: 'refused', code: 'server_offline', detail: '' }

  async give(actor: Actor, order: CommandOrder) {
    const commandId = uuidv7()
    this.given.push({ ...order, actor, commandId })
    return { commandId }
  }

  async ask<Q extends Query>(actor: Actor, serverId: string, query: Q): Promise<QueryAnswer<Q['kind']>> {
    this.asked.push({ actor, serverId, query })
    // Whoever sets a reply knows which question it is to.
    return this.reply as QueryAnswer<Q['kind']>
  }

  async vaultsChanged(_actor: Actor, serverId: string) {
    this.toldVaults.push(serverId)
  }

  async plansChanged(_actor: Actor, serverId: string) {
    this.toldPlans.push(serverId)
  }

  lastHeardAt(_actor: Actor, serverId: string) {
    return this.heard.get(serverId) ?? null
  }

  cut(serverId: string, code: RefusalCode) {
    this.cuts.push({ serverId, code })
  }

  dialAddressChanged(serverId: string) {
    this.dialling.push(serverId)
  }
}
