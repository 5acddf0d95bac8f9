/**
 * Servers whose agents can lie: each is registered with the real portal, connects by the real protocol over TLS, and
 * reports what it is told to. Its past is moved by the rows themselves: what it reports of last week is put down as
 * heard last week. What is wrong with it is asked of the console, as a person would.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Prisma, Site } from '@holdfast/database'
import { seedCustomer, seedPlan, seedRepository, seedServer, seedSite } from '@holdfast/database/seed'
import { formatServerName, generateManagementPassword } from '@holdfast/protocol'
import * as opaque from '@serenity-kit/opaque'
import { z } from 'zod'
import { type PortalUnderTest, startPortalUnderTest } from '../bench/portal-under-test.ts'
import { type AgentOptions, SimulatedAgent } from '../simulator/agent.ts'
import { SimulatedJournal } from '../simulator/journal.ts'
import { registerSimulated } from '../simulator/registration.ts'
import type { SimulatedServer } from '../simulator/server.ts'
import { until } from '../until.ts'
import { DAY_MS, factsOf, type Night, type PlanOf } from './nights.ts'

const condition = z.object({
  id: z.uuid(),
  code: z.string(),
  sentence: z.string(),
  serverId: z.uuid().nullable(),
  siteId: z.uuid().nullable(),
  customerId: z.uuid().nullable(),
  lastSeenAt: z.coerce.date(),
})
const conditionPage = z.object({ items: z.array(condition), nextCursor: z.number().nullable() })
export type OpenCondition = z.output<typeof condition>

export type ServerWish = {
  /** Into the site of another server. */
  readonly site?: Site
  readonly plan?: Partial<Prisma.PlanUncheckedCreateInput> | null
  readonly clockAheadMs?: number
  readonly capabilities?: string[]
  readonly held?: AgentOptions['held']
  /** So many healthy nights before the last one. */
  readonly nights?: number
  /** The last nights of which nothing is reported yet. */
  readonly skips?: number
  /** It never connects. */
  readonly isAway?: true
}

export class Laboratory {
  readonly portal: PortalUnderTest
  readonly #journal: SimulatedJournal
  readonly #agents = new Set<SimulatedAgent>()
  #seed = 0

  static async start(say: (line: string) => void, isBuilt: boolean): Promise<Laboratory> {
    await opaque.ready
    const settings = { HOLDFAST_AUDIT_SECONDS: '0.5', HOLDFAST_AUDIT_GRACE_SECONDS: '0' }
    const portal = await startPortalUnderTest(say, { settings, isBuilt })
    const folder = await portal.makeFolder('journals')
    return new Laboratory(portal, new SimulatedJournal(join(folder, 'journal.sqlite')))
  }

  private constructor(portal: PortalUnderTest, journal: SimulatedJournal) {
    this.portal = portal
    this.#journal = journal
  }

  /** A server with a month behind it that nobody could complain of. */
  async newServer(wish: ServerWish = {}): Promise<PlayedServer> {
    const { portal } = this
    this.#seed += 1
    const password = generateManagementPassword()
    const made = await portal.database.forTenant(portal.provider, async (tx) => {
      const customer = wish.site
        ? await tx.customer.findUniqueOrThrow({ where: { id: wish.site.customerId } })
        : await seedCustomer(tx, { id: portal.provider.providerId })
      const site = wish.site ?? (await seedSite(tx, customer))
      const server = await seedServer(tx, site, { createdAt: ago(90 * DAY_MS) })
      const opaqueRecord = registerSimulated(portal.opaqueServerSetup, server.id, password)
      await tx.server.update({ where: { id: server.id }, data: { opaqueRecord } })
      const name = formatServerName({ customer: customer.handle, server: server.name })
      if (wish.plan === null) return { site, server, name, plan: null }
      const plan = await seedPlan(tx, await seedRepository(tx, server), { ...NIGHTLY, ...wish.plan })
      return { site, server, name, plan }
    })
    const { clockAheadMs, capabilities } = wish
    const simulated: SimulatedServer = {
      ...{ serverId: made.server.id, name: made.name, password },
      ...{ instance: randomUUID(), journalId: randomUUID() },
      ...(clockAheadMs !== undefined && { clockAheadMs }),
      ...(capabilities && { capabilities }),
    }
    const plan = made.plan && {
      planId: made.plan.id,
      repositoryId: made.plan.repositoryId,
      revision: made.plan.revision,
    }
    const server = new PlayedServer(this, simulated, made.site, plan, this.#seed, wish.held)
    if (wish.isAway) return server
    await server.connect()
    await server.report({ nights: wish.nights ?? 30, after: wish.skips ?? 0 })
    return server
  }

  agent(server: SimulatedServer, held: AgentOptions['held'], onReported: () => void): SimulatedAgent {
    const agent = new SimulatedAgent({
      server,
      address: this.portal.gateway,
      journal: this.#journal,
      workMs: null,
      backoff: { firstMs: 100, mostMs: 500 },
      events: { online() {}, offline() {}, refused() {}, journalled() {}, reported: onReported },
      ...(held && { held }),
    })
    this.#agents.add(agent)
    return agent
  }

  planOf({ planId }: PlayedServer) {
    const { database, provider } = this.portal
    return database.forTenant(provider, (tx) => tx.plan.findUniqueOrThrow({ where: { id: planId } }))
  }

  /** Everything that is open now, as the console lists it. */
  async open(filter: { serverId?: string } = {}): Promise<OpenCondition[]> {
    const all: OpenCondition[] = []
    let cursor: number | null = 0
    while (cursor !== null) {
      const page: z.output<typeof conditionPage> = await this.portal.owner.query(
        'conditions.list',
        { ...filter, cursor, limit: 200 },
        conditionPage,
      )
      all.push(...page.items)
      cursor = page.nextCursor
    }
    return all
  }

  /** What is open by what there is now. What was true only until the last server was ready is over at the next look. */
  standing(): Promise<OpenCondition[]> {
    const from = new Date()
    const unseen = async () => (await this.open()).filter(({ lastSeenAt }) => lastSeenAt < from)
    return until(
      'the portal has looked at everything again',
      async () => {
        const open = await this.open()
        return open.every(({ lastSeenAt }) => lastSeenAt >= from) && open
      },
      { withinMs: 60_000, seen: unseen },
    )
  }

  /** Resolves when this is open. */
  untilOpen(
    code: string,
    is: (one: OpenCondition) => boolean,
    filter: { serverId?: string },
  ): Promise<OpenCondition> {
    return until(
      `"${code}" is found`,
      async () => (await this.open(filter)).find((one) => one.code === code && is(one)),
      { withinMs: 60_000, seen: async () => (await this.open(filter)).map(({ code }) => code) },
    )
  }

  /** Rows behind the portal's back: the past, and nothing else. */
  async past(text: string, values: unknown[]): Promise<void> {
    await this.portal.database.forTenantSql(this.portal.provider, (sql) => sql.query(text, values))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) agent.stop()
    this.#journal.close()
    await this.portal[Symbol.asyncDispose]()
  }
}

export const ago = (ms: number): Date => new Date(Date.now() - ms)

/** Each night, since long ago; half a day late is overdue. */
const NIGHTLY = {
  schedule: JSON.stringify({
    times: { kind: 'daily', at: '01:30' },
    jitterMinutes: 0,
    quiet: [],
    runMissed: true,
  }),
  scheduledAt: ago(80 * DAY_MS),
  overdueAfterMinutes: 36 * 60,
  createdAt: ago(80 * DAY_MS),
  updatedAt: ago(60 * DAY_MS),
}

export class PlayedServer {
  readonly site: Site
  readonly id: string
  readonly simulated: SimulatedServer
  readonly #laboratory: Laboratory
  readonly #plan: PlanOf | null
  readonly #seed: number
  readonly #held: AgentOptions['held']
  #agent: SimulatedAgent | null = null
  #reported: () => void = () => {}

  constructor(
    laboratory: Laboratory,
    simulated: SimulatedServer,
    site: Site,
    plan: PlanOf | null,
    seed: number,
    held: AgentOptions['held'],
  ) {
    this.#laboratory = laboratory
    this.simulated = simulated
    this.site = site
    this.id = simulated.serverId
    this.#plan = plan
    this.#seed = seed
    this.#held = held
  }

  get planId(): string {
    return this.#plan?.planId ?? ''
  }

  /** Connects, and has been connected for five days. */
  async connect(): Promise<void> {
    this.#agent = this.#laboratory.agent(this.simulated, this.#held, () => this.#reported())
    await this.#agent.start()
    await this.#untilPresent(true)
    await this.#changed(5 * DAY_MS)
  }

  /** Reports nights through its agent, the oldest first: healthy ones, and then those that are different. */
  async report({
    nights = 0,
    after = 0,
    last = [],
  }: {
    nights?: number
    after?: number
    last?: readonly Night[]
  }): Promise<void> {
    const plan = this.#plan
    if (!plan || nights + last.length === 0) return
    const healthy = Array.from({ length: nights }, (_, n) =>
      factsOf(plan, nights - n - 1 + after + last.length, this.#seed),
    )
    const different = last
      .toReversed()
      .map((night, n) => factsOf(plan, last.length - 1 - n, this.#seed, night))
    await this.#send([...healthy, ...different].flat())
  }

  /** The last night comes first here: `lie({…})` is about it alone. */
  async lie(...last: readonly Night[]): Promise<void> {
    await this.report({ last })
  }

  async tell(...facts: Parameters<SimulatedAgent['report']>[0]): Promise<void> {
    await this.#send(facts)
  }

  async #send(facts: Parameters<SimulatedAgent['report']>[0]): Promise<void> {
    const heard = new Promise<void>((resolve) => {
      this.#reported = resolve
    })
    this.#agent?.report(facts)
    await heard
    // It was said in its time.
    await this.#laboratory.past(
      `UPDATE run SET heard_at = least(heard_at, started_at),
         end_heard_at = CASE WHEN finished_at < now() THEN least(end_heard_at, greatest(started_at, finished_at)) ELSE end_heard_at END
       WHERE server_id = $1`,
      [this.id],
    )
  }

  /** Goes silent, so long ago. */
  async vanish(agoMs: number): Promise<void> {
    this.#agent?.stop()
    await this.#untilPresent(false)
    await this.#changed(agoMs)
  }

  /** A second machine, with the same name and password. */
  startCopy(): void {
    const copy = { ...this.simulated, instance: randomUUID(), journalId: randomUUID() }
    void this.#laboratory.agent(copy, undefined, () => {}).start()
  }

  #changed(agoMs: number): Promise<void> {
    return this.#laboratory.past('UPDATE server_presence SET changed_at = $2 WHERE server_id = $1', [
      this.id,
      ago(agoMs),
    ])
  }

  async #untilPresent(online: boolean): Promise<void> {
    const { portal } = this.#laboratory
    const presence = () =>
      portal.database.forTenant(portal.provider, (tx) =>
        tx.serverPresence.findUnique({ where: { serverId: this.id } }),
      )
    await until('the portal knows', async () => (await presence())?.online === online, { seen: presence })
  }
}
