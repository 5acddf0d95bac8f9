import type { Plan } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'

/**
 * Up to when the schedule of each plan is settled: the last run that it began, or when it was taken over. What lies
 * before is never run again, and what lies between then and now has been missed. A plan whose schedule has changed
 * starts anew, because the new times were wanted from then on.
 */
export class Schedules {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Null when this very schedule is not known yet. */
  settledAt(portalId: string, { id, schedule }: Plan): Date | null {
    const row = this.#database.get(
      z.object({ settled_at: z.iso.datetime() }),
      'SELECT settled_at FROM schedules WHERE portal_id = ? AND plan_id = ? AND schedule = ?',
      portalId,
      id,
      JSON.stringify(schedule),
    )
    return row === null ? null : new Date(row.settled_at)
  }

  settle(portalId: string, { id, schedule }: Plan, at: Date): void {
    this.#database.run(
      'INSERT OR REPLACE INTO schedules (portal_id, plan_id, schedule, settled_at) VALUES (?, ?, ?, ?)',
      portalId,
      id,
      JSON.stringify(schedule),
      at.toISOString(),
    )
  }
}
