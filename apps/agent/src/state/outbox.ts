import { type Fact, fact, LIMITS, type Report } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/**
 * Facts on their way to a portal. A row is written in the transaction that makes the fact true, and goes when the
 * portal says that it has applied it. Numbers only grow, also across restarts (AUTOINCREMENT).
 */
const reportRow = z.object({
  sequence: z.number().int().min(1),
  at: z.iso.datetime(),
  fact: json(fact),
})

/** Half of what one message may hold, so that a batch always passes with what surrounds it. */
const BATCH_BYTES_MAX = LIMITS.messageBytesMax / 2

export class Outbox {
  readonly #database: Database
  readonly #listeners = new Set<() => void>()

  constructor(database: Database) {
    this.#database = database
  }

  /** Call it inside the transaction that makes the fact true. */
  add(portalId: string, news: Fact): void {
    const isLinked = this.#database.run(
      'INSERT INTO outbox (portal_id, at, fact) SELECT id, ?, ? FROM portals WHERE id = ?',
      new Date().toISOString(),
      JSON.stringify(fact.parse(news)),
      portalId,
    )
    // After leaving a portal, its last runs still end, and have nobody to report to.
    if (isLinked > 0) queueMicrotask(() => this.#tell())
  }

  /** The oldest reports, as many as one message may hold; empty when all has been applied. */
  next(portalId: string): Report[] {
    const rows = this.#database.all(
      reportRow,
      'SELECT sequence, at, fact FROM outbox WHERE portal_id = ? ORDER BY sequence LIMIT ?',
      portalId,
      LIMITS.reportsPerBatchMax,
    )
    let bytes = 0
    const fits = rows.findIndex((row) => {
      bytes += Buffer.byteLength(JSON.stringify(row))
      return bytes > BATCH_BYTES_MAX
    })
    return fits === -1 ? rows : rows.slice(0, Math.max(1, fits))
  }

  applied(portalId: string, through: number): void {
    this.#database.run('DELETE FROM outbox WHERE portal_id = ? AND sequence <= ?', portalId, through)
  }

  /** The highest number this file ever gave, also to a report that is gone. */
  get lastSequence(): number {
    const row = this.#database.get(
      z.object({ seq: z.number().int() }),
      `SELECT seq FROM sqlite_sequence WHERE name = 'outbox'`,
    )
    return row?.seq ?? 0
  }

  waiting(portalId: string): number {
    const row = this.#database.get(
      z.object({ waiting: z.number().int() }),
      'SELECT count(*) AS waiting FROM outbox WHERE portal_id = ?',
      portalId,
    )
    return row?.waiting ?? 0
  }

  /** Calls back whenever there is something new to send; returns the way to stop that. */
  onNews(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
