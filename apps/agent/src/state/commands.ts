import { type Command, type CommandReceipt, commandReceipt } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'

/**
 * The journal of commands: an id is written here, with the receipt it got, before that receipt leaves. Whatever happens
 * afterwards, the same id gets the same receipt and is not executed again.
 */
export type JournalEntry = {
  readonly id: string
  readonly portalId: string
  /** As it was received: a newer portal may have sent a kind that this agent does not know. */
  readonly body: unknown
  readonly by: string
  readonly reason: string
  readonly receipt: CommandReceipt
  readonly state: CommandState
  /** Milliseconds since 1970 by this machine's clock. */
  readonly expiresAt: number
}

const commandState = z.enum(['accepted', 'running', 'succeeded', 'failed', 'refused', 'unknown'])
export type CommandState = z.output<typeof commandState>

/** What a command can still come to; the others are final. */
const OPEN: readonly CommandState[] = ['accepted', 'running']

const COLUMNS = 'id, portal_id, body, by_whom, reason, receipt, state, expires_at'

const entryRow = z
  .object({
    id: z.uuid(),
    portal_id: z.uuid(),
    body: json(z.unknown()),
    by_whom: z.string(),
    reason: z.string(),
    receipt: json(commandReceipt),
    state: commandState,
    expires_at: z.iso.datetime(),
  })
  .transform(
    ({ portal_id: portalId, by_whom: by, expires_at: expiresAt, ...same }): JournalEntry => ({
      ...same,
      portalId,
      by,
      expiresAt: Date.parse(expiresAt),
    }),
  )

type Envelope = Pick<Command, 'id' | 'by' | 'reason' | 'expiresInMs'> & { readonly body: unknown }

/** A year; a deadline beyond it would be no date any more. */
const EXPIRES_MS_MAX = 366 * 24 * 3_600_000

export class Commands {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  find(id: string): JournalEntry | null {
    return this.#database.get(entryRow, `SELECT ${COLUMNS} FROM commands WHERE id = ?`, id)
  }

  journal(portalId: string, command: Envelope, receipt: CommandReceipt): void {
    const now = Date.now()
    this.#database.run(
      `INSERT INTO commands (${COLUMNS}, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      command.id,
      portalId,
      JSON.stringify(command.body),
      command.by,
      command.reason,
      JSON.stringify(receipt),
      receipt.outcome,
      new Date(now + Math.min(command.expiresInMs, EXPIRES_MS_MAX)).toISOString(),
      new Date(now).toISOString(),
    )
  }

  become(id: string, state: CommandState): void {
    const endedAt = OPEN.includes(state) ? null : new Date().toISOString()
    this.#database.run('UPDATE commands SET state = ?, ended_at = ? WHERE id = ?', state, endedAt, id)
  }

  /** Those that an agent which went down left open. */
  open(): JournalEntry[] {
    return this.#database.all(
      entryRow,
      `SELECT ${COLUMNS} FROM commands WHERE state IN ('accepted', 'running') ORDER BY received_at, id`,
    )
  }
}
