/**
 * Looks for what is wrong and nobody says, at a steady pace and right after a report, and never takes an agent's word
 * for what the portal can know itself.
 *
 *   every two minutes  ──► silence, vaults ──────────► all servers, a slice at a time ──┐
 *   after a report     ──► the servers that it came from ───────────────────────────────┼─► rules ──► rows, live event
 *                                                                                       │
 *   evidence: plans wanted, the last runs with the times at which they were heard, presence
 *
 * After each slice it rests for as long as it worked, so it never takes more than half of one core, mostly far less.
 * While the portal was away it heard nothing: for a while after its start, or after its machine slept, nothing is said
 * that only waiting makes true.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database, Tenant } from '@holdfast/database'
import type { LiveBus } from '#live/bus.ts'
import type { LiveEvent } from '#live/events.ts'
import type { ProcessLog } from '#start/process-log.ts'
import { CONDITIONS, type ConditionCode, isByClock } from './codes.ts'
import { readEvidence } from './evidence.ts'
import type { Found } from './found.ts'
import { claimRules } from './rules/claims.ts'
import { drillRules } from './rules/drills.ts'
import { historyRules } from './rules/history.ts'
import { outcomeRules } from './rules/outcomes.ts'
import { readSilence, silenceRules } from './rules/silence.ts'
import { storedRules } from './rules/stored.ts'
import { timeRules } from './rules/time.ts'
import { readVaultEvidence, roomRules, vaultRules } from './rules/vaults.ts'
import { type Change, type Scope, store } from './store.ts'
import { readStored } from './stored-evidence.ts'

export type AuditorOptions = {
  readonly database: Database
  readonly live: LiveBus
  readonly processLog: ProcessLog
  readonly everyMs: number
  readonly graceMs: number
  /** The present: tests move it. */
  readonly now?: () => Date
}

/** Few, because their runs are read and judged in one breath, and agents wait meanwhile. */
const SERVERS_PER_SLICE = 60
/** Reports that come together are looked at together. */
const GATHER_MS = 500
/** So many rounds missed: the machine slept, or was frozen. */
const ROUNDS_MISSED = 3

const CODES = Object.keys(CONDITIONS) as ConditionCode[]
const SILENCE: readonly ConditionCode[] = ['agent_silent', 'site_silent', 'all_silent']
const OF_VAULTS: readonly ConditionCode[] = [
  ...(['vault_unreachable', 'vault_damaged', 'vault_unverified'] as const),
  ...(['quota_nearly_full', 'quota_full'] as const),
]
const OF_SERVERS = CODES.filter((code) => !SILENCE.includes(code) && !OF_VAULTS.includes(code))

export class Auditor {
  readonly #options: AuditorOptions
  readonly #now: () => Date
  readonly #stopping = new AbortController()
  readonly #unsubscribe: () => void
  #reported = new Set<string>()
  #gathered = Promise.withResolvers<void>()
  /** Since when the portal has been listening without a gap. */
  #upSince: Date
  #working: Promise<unknown> = Promise.resolve()
  /** One at a time: two that store the same would wait for one another. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: AuditorOptions) {
    this.#options = options
    this.#now = options.now ?? (() => new Date())
    this.#upSince = this.#now()
    this.#unsubscribe = options.live.subscribe((event) => this.#hear(event))
  }

  /** From here on it looks by itself. */
  start(): void {
    this.#working = Promise.all([this.#lookAround(), this.#lookAtReports()]).catch((error) => {
      if (!this.#stopping.signal.aborted)
        this.#options.processLog.error(
          { err: error },
          'Nobody looks for conditions until the portal is restarted.',
        )
    })
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#unsubscribe()
    this.#gathered.resolve()
    await this.#working
    await this.#turn.catch(() => {})
  }

  /** Looks at everything once. */
  async auditAll(): Promise<void> {
    const tenant = await this.#tenant()
    if (tenant === null) return
    if (!this.#isInGrace()) await this.#inTurn(() => this.#auditSilence(tenant))
    await this.#inTurn(() => this.#auditVaults(tenant))
    let after = '00000000-0000-0000-0000-000000000000'
    while (!this.#stopping.signal.aborted) {
      const serverIds = await this.#options.database.forTenantSql(tenant, async (sql) => {
        const { rows } = await sql.query<{ id: string }>(NEXT_SERVERS, [after])
        return rows.map(({ id }) => id)
      })
      if (serverIds.length === 0) return
      await this.#restingAfter(() => this.#inTurn(() => this.#auditServers(tenant, serverIds)))
      after = serverIds.at(-1) ?? after
    }
  }

  /** Looks at these servers now. */
  async audit(serverIds: readonly string[]): Promise<void> {
    const tenant = await this.#tenant()
    if (tenant !== null) await this.#inTurn(() => this.#auditServers(tenant, serverIds))
  }

  async #lookAround(): Promise<void> {
    const { everyMs, processLog } = this.#options
    const { signal } = this.#stopping
    for (;;) {
      const before = this.#now().getTime()
      await pause(everyMs, undefined, { signal, ref: false })
      if (this.#now().getTime() - before > ROUNDS_MISSED * everyMs) this.#upSince = this.#now()
      await this.auditAll().catch((error) => {
        if (!signal.aborted) processLog.error({ err: error }, 'Conditions could not be looked for this time.')
      })
    }
  }

  async #lookAtReports(): Promise<void> {
    const { processLog } = this.#options
    const { signal } = this.#stopping
    for (;;) {
      await this.#gathered.promise
      await pause(GATHER_MS, undefined, { signal, ref: false })
      const serverIds = [...this.#reported].slice(0, SERVERS_PER_SLICE)
      for (const id of serverIds) this.#reported.delete(id)
      if (this.#reported.size === 0) this.#gathered = Promise.withResolvers()
      await this.#restingAfter(() => this.audit(serverIds)).catch((error) => {
        if (!signal.aborted) processLog.error({ err: error }, 'What was reported could not be audited.')
      })
    }
  }

  #hear(event: LiveEvent): void {
    switch (event.type) {
      case 'run':
      case 'plan':
      case 'repository':
      case 'copy':
      case 'drill':
        this.#reported.add(event.serverId)
        this.#gathered.resolve()
    }
  }

  async #auditSilence(tenant: Tenant): Promise<void> {
    const now = this.#now()
    const changes = await this.#options.database.forTenantSql(tenant, async (sql) =>
      store(sql, now, silenceRules(await readSilence(sql, now), now), { codes: SILENCE, serverIds: null }),
    )
    this.#tell(tenant, changes)
  }

  async #auditVaults(tenant: Tenant): Promise<void> {
    const now = this.#now()
    const isSaid = this.#isSaid()
    const changes = await this.#options.database.forTenantSql(tenant, async (sql) => {
      const { vaults, rooms } = await readVaultEvidence(sql)
      const found = [...vaultRules(vaults, now), ...roomRules(rooms, now)].filter(({ code }) => isSaid(code))
      return store(sql, now, found, { codes: OF_VAULTS.filter(isSaid), serverIds: null })
    })
    this.#tell(tenant, changes)
  }

  async #auditServers(tenant: Tenant, serverIds: readonly string[]): Promise<void> {
    const now = this.#now()
    const isSaid = this.#isSaid()
    const scope: Scope = { codes: OF_SERVERS.filter(isSaid), serverIds }
    const changes = await this.#options.database.forTenantSql(tenant, async (sql) => {
      const evidence = await readEvidence(sql, serverIds)
      const stored = Map.groupBy(await readStored(sql, serverIds, now), ({ serverId }) => serverId)
      const found: Found[] = evidence.flatMap((server) => [
        ...timeRules(server, now),
        ...outcomeRules(server, now),
        ...claimRules(server),
        ...historyRules(server),
        ...drillRules(server, now),
        ...storedRules(server, stored.get(server.id) ?? [], now),
      ])
      return store(
        sql,
        now,
        found.filter(({ code }) => isSaid(code)),
        scope,
      )
    })
    this.#tell(tenant, changes)
  }

  #tell({ providerId }: Tenant, changes: readonly Change[]): void {
    for (const { customerId, serverId } of changes)
      this.#options.live.publish({ type: 'condition', providerId, customerId, serverId })
  }

  #isSaid(): (code: ConditionCode) => boolean {
    return this.#isInGrace() ? (code) => !isByClock(code) : () => true
  }

  #isInGrace(): boolean {
    return this.#now().getTime() - this.#upSince.getTime() < this.#options.graceMs
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.catch(() => {}).then(work)
    this.#turn = mine
    return mine
  }

  async #restingAfter(work: () => Promise<void>): Promise<void> {
    const begunMs = performance.now()
    await work()
    const restMs = Math.min(2_000, performance.now() - begunMs)
    await pause(restMs, undefined, { signal: this.#stopping.signal, ref: false })
  }

  async #tenant(): Promise<Tenant | null> {
    const provider = await this.#options.database.directory.portalProvider()
    return provider && { providerId: provider.id, customerId: null }
  }
}

const NEXT_SERVERS = `SELECT id FROM server WHERE id > $1 ORDER BY id LIMIT ${SERVERS_PER_SLICE}`
