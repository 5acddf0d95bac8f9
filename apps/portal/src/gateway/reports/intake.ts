/**
 * Takes in what agents report: each fact once, and none lost.
 *
 * An agent sends its facts in sequence, again and again until we say how far they are committed. The cursor of its
 * journal says how far that is, and moves in the same transaction as the effects. So a fact that comes a second time
 * lies behind the cursor and is passed over, and one that comes before its predecessor is left for the next time.
 *
 *   links ──reports──► batch ──► lock cursors ──► facts next in line ──► effects ──► move cursors ──► commit ──► acknowledge
 *
 * All agents that report while one transaction runs share the next. If PostgreSQL finds something wrong with the data
 * of a batch, each agent's part is tried alone, so that none can spoil it for the others.
 */
import type { Database, TenantSql } from '@holdfast/database'
import type { Report } from '@holdfast/protocol'
import { z } from 'zod'
import { Batch } from '#batching/batch.ts'
import type { LiveEvent } from '#live/events.ts'
import { applyFacts } from './effects.ts'

export type Delivery = {
  readonly providerId: string
  readonly serverId: string
  readonly journalId: string
  readonly reports: readonly Report[]
}

type Outcome =
  | { readonly outcome: 'applied'; readonly appliedThrough: number }
  /** PostgreSQL cannot store what this agent says. */
  | { readonly outcome: 'unusable'; readonly cause: unknown }

const DELIVERIES_PER_TRANSACTION_MAX = 500
const DELIVERIES_WAITING_MAX = 20_000

export class ReportIntake {
  readonly #database: Database
  readonly #publish: (event: LiveEvent) => void
  readonly #batch: Batch<Delivery, Outcome>

  constructor(database: Database, publish: (event: LiveEvent) => void) {
    this.#database = database
    this.#publish = publish
    this.#batch = new Batch({
      flush: (deliveries) => this.#flush(deliveries),
      sizeMax: DELIVERIES_PER_TRANSACTION_MAX,
      waitingMax: DELIVERIES_WAITING_MAX,
    })
  }

  /**
   * Resolves with how far the journal is committed.
   * @throws ReportsUnusable when it is this agent's own data that PostgreSQL cannot store; otherwise whatever the
   * database throws, and nothing was committed
   */
  async take(delivery: Delivery): Promise<number> {
    const result = await this.#batch.add(delivery)
    if (result.outcome === 'unusable') throw new ReportsUnusable({ cause: result.cause })
    return result.appliedThrough
  }

  /** Resolves when everything taken so far is committed, or could not be. */
  drain(): Promise<void> {
    return this.#batch.drain()
  }

  async #flush(deliveries: readonly Delivery[]): Promise<Outcome[]> {
    const outcomes = new Map<Delivery, Outcome>()
    for (const [providerId, ofProvider] of Map.groupBy(deliveries, (delivery) => delivery.providerId))
      for (const [delivery, outcome] of await this.#apply(providerId, ofProvider))
        outcomes.set(delivery, outcome)
    return deliveries.map((delivery) => outcomes.get(delivery) ?? { outcome: 'applied', appliedThrough: 0 })
  }

  async #apply(
    providerId: string,
    deliveries: readonly Delivery[],
  ): Promise<(readonly [Delivery, Outcome])[]> {
    try {
      const { news, appliedThrough } = await this.#database.forTenantSql(
        { providerId, customerId: null },
        (sql) => applyNext(sql, deliveries),
      )
      for (const event of news) this.#publish(event)
      return deliveries.map((delivery) => {
        const through = appliedThrough.get(keyOf(delivery)) ?? 0
        return [delivery, { outcome: 'applied', appliedThrough: through }] as const
      })
    } catch (cause) {
      if (!isFaultOfTheData(cause)) throw cause
      const byServer = [...Map.groupBy(deliveries, keyOf).values()]
      if (byServer.length === 1)
        return deliveries.map((delivery) => [delivery, { outcome: 'unusable', cause }] as const)
      const alone = []
      for (const ofOne of byServer) alone.push(...(await this.#apply(providerId, ofOne)))
      return alone
    }
  }
}

export class ReportsUnusable extends Error {
  override name = 'ReportsUnusable'
  constructor(options: { cause: unknown }) {
    super('PostgreSQL cannot store these reports.', options)
  }
}

const keyOf = ({ serverId, journalId }: Pick<Delivery, 'serverId' | 'journalId'>): string =>
  `${serverId} ${journalId}`

const cursorRow = z.object({
  serverId: z.uuid(),
  journalId: z.uuid(),
  lastSequence: z.coerce.number().int(),
})

/** Applies whatever is next in line for each journal. */
async function applyNext(sql: TenantSql, deliveries: readonly Delivery[]) {
  const journals = [...Map.groupBy(deliveries, keyOf).values()].map((ofJournal) => ({
    serverId: ofJournal[0]?.serverId ?? '',
    journalId: ofJournal[0]?.journalId ?? '',
    reports: ofJournal.flatMap(({ reports }) => reports).sort((a, b) => a.sequence - b.sequence),
  }))
  const columns = [journals.map(({ serverId }) => serverId), journals.map(({ journalId }) => journalId)]
  const [, locked] = await Promise.all([
    sql.query({ ...BEGIN_CURSORS, values: columns }),
    sql.query({ ...LOCK_CURSORS, values: columns }),
  ])
  const cursors = new Map(
    z
      .array(cursorRow)
      .parse(locked.rows)
      .map((row) => [keyOf(row), row.lastSequence]),
  )

  const inLine = journals.flatMap((journal) => {
    const last = cursors.get(keyOf(journal))
    // Removed while it was reporting: there is nothing left to report to.
    return last === undefined ? [] : [{ ...journal, reports: nextInLine(journal.reports, last) }]
  })
  const moved = inLine.filter(({ reports }) => reports.length > 0)
  const appliedThrough = new Map(cursors)
  for (const journal of moved) appliedThrough.set(keyOf(journal), journal.reports.at(-1)?.sequence ?? 0)
  if (moved.length === 0) return { news: [], appliedThrough }

  const news = await applyFacts(sql, moved)
  await sql.query({
    ...MOVE_CURSORS,
    values: [
      moved.map(({ serverId }) => serverId),
      moved.map(({ journalId }) => journalId),
      moved.map(({ reports }) => reports.at(-1)?.sequence ?? 0),
    ],
  })
  return { news, appliedThrough }
}

/** The unbroken run that follows what is applied already; sorted by sequence, repeats passed over. */
export function nextInLine(reports: readonly Report[], last: number): Report[] {
  const next: Report[] = []
  for (const report of reports) if (report.sequence === last + next.length + 1) next.push(report)
  return next
}

const BEGIN_CURSORS = {
  name: 'reports_begin_cursors',
  text: `
    INSERT INTO report_cursor (server_id, journal_id, provider_id, customer_id, last_sequence)
    SELECT server.id, asked.journal_id, server.provider_id, server.customer_id, 0
    FROM unnest($1::uuid[], $2::uuid[]) AS asked (server_id, journal_id)
    JOIN server ON server.id = asked.server_id
    WHERE NOT EXISTS (SELECT FROM report_cursor
                      WHERE report_cursor.server_id = asked.server_id AND report_cursor.journal_id = asked.journal_id)
    ON CONFLICT DO NOTHING`,
}

const LOCK_CURSORS = {
  name: 'reports_lock_cursors',
  text: `
    SELECT server_id AS "serverId", journal_id AS "journalId", last_sequence AS "lastSequence"
    FROM report_cursor
    WHERE (server_id, journal_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
    ORDER BY server_id, journal_id
    FOR UPDATE`,
}

const MOVE_CURSORS = {
  name: 'reports_move_cursors',
  text: `
    UPDATE report_cursor SET last_sequence = moved.last_sequence
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS moved (server_id, journal_id, last_sequence)
    WHERE report_cursor.server_id = moved.server_id AND report_cursor.journal_id = moved.journal_id`,
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation). */
function isFaultOfTheData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code))
}
