/**
 * What an agent must not forget, for all simulated agents of one process: command ids before they are acknowledged, and
 * facts before they are sent. A real agent has one such file to itself; the discipline is the same, every transaction
 * is on the disk (synchronous=FULL) before anybody hears of it.
 */
import { DatabaseSync } from 'node:sqlite'
import { type Fact, type Report, report } from '@holdfast/protocol'
import { z } from 'zod'

const sequenceRow = z.object({ sequence: z.number() })
const outboxRow = z.object({ report: z.string() })

export class SimulatedJournal {
  readonly #database: DatabaseSync

  constructor(file: string) {
    this.#database = new DatabaseSync(file)
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS command (server TEXT, id TEXT, PRIMARY KEY (server, id)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS outbox (server TEXT, sequence INTEGER, report TEXT, PRIMARY KEY (server, sequence)) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS written (server TEXT PRIMARY KEY, sequence INTEGER) WITHOUT ROWID;
    `)
  }

  /** Durable when it returns. False when this id was here before: then it must not be carried out again. */
  receiveCommand(serverId: string, commandId: string): boolean {
    const { changes } = this.#database
      .prepare('INSERT INTO command (server, id) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(serverId, commandId)
    return changes === 1
  }

  /** Durable when it returns. */
  write(serverId: string, facts: readonly Fact[]): void {
    this.#database.exec('BEGIN IMMEDIATE')
    let sequence = this.#lastSequence(serverId)
    const at = new Date().toISOString()
    const insert = this.#database.prepare('INSERT INTO outbox (server, sequence, report) VALUES (?, ?, ?)')
    for (const fact of facts) {
      sequence += 1
      insert.run(serverId, sequence, JSON.stringify({ sequence, at, fact } satisfies Report))
    }
    this.#database
      .prepare(
        'INSERT INTO written VALUES (?, ?) ON CONFLICT (server) DO UPDATE SET sequence = excluded.sequence',
      )
      .run(serverId, sequence)
    this.#database.exec('COMMIT')
  }

  #lastSequence(serverId: string): number {
    const row = this.#database.prepare('SELECT sequence FROM written WHERE server = ?').get(serverId)
    return row === undefined ? 0 : sequenceRow.parse(row).sequence
  }

  /** The oldest facts that the portal has not acknowledged. */
  unacknowledged(serverId: string, countMax: number): Report[] {
    return this.#database
      .prepare('SELECT report FROM outbox WHERE server = ? ORDER BY sequence LIMIT ?')
      .all(serverId, countMax)
      .map((row) => report.parse(JSON.parse(outboxRow.parse(row).report)))
  }

  acknowledge(serverId: string, appliedThrough: number): void {
    this.#database
      .prepare('DELETE FROM outbox WHERE server = ? AND sequence <= ?')
      .run(serverId, appliedThrough)
  }

  close(): void {
    this.#database.close()
  }
}
