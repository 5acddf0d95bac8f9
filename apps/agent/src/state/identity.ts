import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Database } from './database.ts'

/**
 * Who this installation is. `instance` is made once with the state file and tells a portal a returning agent from a
 * copy on another machine. `session` grows with each dial, so that an older connection that arrives late is known for
 * what it is. `journalId` names the sequence of reports.
 */
const identityRow = z.object({
  instance: z.uuid(),
  journal_id: z.uuid(),
  session: z.number().int().min(0),
})

export class Identity {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** For a new state file only. */
  create(): void {
    this.#database.run(
      'INSERT INTO identity (only, instance, journal_id, session) VALUES (1, ?, ?, 0)',
      randomUUID(),
      randomUUID(),
    )
  }

  get instance(): string {
    return this.#row().instance
  }

  get journalId(): string {
    return this.#row().journal_id
  }

  /** The number of the next dial. It is on the disk before it is used. */
  nextSession(): number {
    return this.#database.transact(() => {
      this.#database.run('UPDATE identity SET session = session + 1')
      return this.#row().session
    })
  }

  /**
   * Begins a new sequence of reports. Needed when a portal has applied more than this file ever sent: the file came
   * back from a backup, and reports under numbers that were used before would be taken for known ones.
   */
  beginNewJournal(): void {
    this.#database.run('UPDATE identity SET journal_id = ?', randomUUID())
  }

  #row() {
    const row = this.#database.get(identityRow, 'SELECT instance, journal_id, session FROM identity')
    if (row === null) throw this.#database.corrupt('it does not say whose it is')
    return row
  }
}
