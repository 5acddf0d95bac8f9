import { randomUUID } from 'node:crypto'
import { type Fact, fact, LIMITS, type Report } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/**
 * Facts on their way to a portal. A row is written in the transaction that makes the fact true, and goes when the
 * portal says that it has applied it. Each portal has a sequence of its own, which grows by one and has no gaps: a portal
 * waits for the number that it misses.
 */
const reportRow = z.object({
  sequence: z.number().int().min(1),
  at: z.iso.datetime(),
  fact: json(fact),
})

const sequenceRow = z.object({ last_sequence: z.number().int().min(0) })

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
    const text = JSON.stringify(fact.parse(news))
    this.#database.transact(() => {
      const next = this.#database.get(
        sequenceRow,
        'UPDATE portals SET last_sequence = last_sequence + 1 WHERE id = ? RETURNING last_sequence',
        portalId,
      )
      // After leaving a portal, its last runs still end, and have nobody to report to.
      if (next === null) return
      const { last_sequence: sequence } = next
      const at = new Date().toISOString()
      this.#database.run(
        'INSERT INTO outbox (portal_id, sequence, at, fact) VALUES (?, ?, ?, ?)',
        portalId,
        sequence,
        at,
        text,
      )
      queueMicrotask(() => this.#tell())
    })
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

  /** The highest number this file ever gave for a portal, also to a report that is gone. */
  lastSequence(portalId: string): number {
    const row = this.#database.get(sequenceRow, 'SELECT last_sequence FROM portals WHERE id = ?', portalId)
    return row?.last_sequence ?? 0
  }

  /**
   * Begins a new sequence. Needed when the portal has applied more than this file ever sent: the file came back from a
   * backup, and reports under numbers that were used before would be taken for known ones.
   */
  beginNewJournal(portalId: string): void {
    this.#database.transact(() => {
      const before = this.lastSequence(portalId) - this.waiting(portalId)
      // In two steps: no number may stand twice on the way.
      this.#database.run('UPDATE outbox SET sequence = -sequence WHERE portal_id = ?', portalId)
      this.#database.run('UPDATE outbox SET sequence = -sequence - ? WHERE portal_id = ?', before, portalId)
      this.#database.run(
        'UPDATE portals SET journal_id = ?, last_sequence = last_sequence - ? WHERE id = ?',
        randomUUID(),
        before,
        portalId,
      )
    })
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
