import { z } from 'zod'
import type { Database } from './database.ts'

/** How many backups of a plan there were since its repository was last read back, and which part that was. */
export type VerificationState = { readonly runs: number; readonly part: number }

const row = z.object({ runs: z.number().int(), part: z.number().int() })

export class Verifications {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  of(portalId: string, planId: string): VerificationState {
    const found = this.#database.get(
      row,
      'SELECT runs, part FROM verifications WHERE portal_id = ? AND plan_id = ?',
      portalId,
      planId,
    )
    return found ?? { runs: 0, part: 0 }
  }

  set(portalId: string, planId: string, { runs, part }: VerificationState): void {
    this.#database.run(
      'INSERT OR REPLACE INTO verifications (portal_id, plan_id, runs, part) VALUES (?, ?, ?, ?)',
      portalId,
      planId,
      runs,
      part,
    )
  }
}
