import { type RefusalCode, refusalCode } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'

/**
 * The remote management log at the site: every link change, command and run with its reason, readable without any
 * portal. The same event again and again (a portal that is down for a week) is one line that counts.
 */
export type LogEntry = {
  readonly id: number
  readonly at: string
  /** When it last happened, and how often it has. */
  readonly lastAt: string
  readonly times: number
  readonly level: LogEntryLevel
  /** What it is about: a portal, a plan, the agent itself. */
  readonly subject: string
  readonly code: RefusalCode | null
  readonly text: string
}

export type LogEntryLevel = 'info' | 'warn' | 'error'
export type LogNews = Pick<LogEntry, 'level' | 'subject' | 'code' | 'text'>

const ENTRIES_MAX = 10_000

const logRow = z
  .object({
    id: z.number().int(),
    at: z.iso.datetime(),
    last_at: z.iso.datetime(),
    times: z.number().int().min(1),
    level: z.enum(['info', 'warn', 'error']),
    subject: z.string(),
    code: refusalCode.nullable(),
    text: z.string(),
  })
  .transform(({ last_at: lastAt, ...same }): LogEntry => ({ ...same, lastAt }))

export class ManagementLog {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  write(news: LogNews): LogEntry {
    return this.#database.transact(() => {
      const now = new Date().toISOString()
      const last = this.#database.get(
        logRow,
        'SELECT * FROM log WHERE subject = ? ORDER BY id DESC LIMIT 1',
        news.subject,
      )
      if (last !== null && last.code === news.code && last.text === news.text && last.level === news.level) {
        this.#database.run('UPDATE log SET last_at = ?, times = times + 1 WHERE id = ?', now, last.id)
        return { ...last, lastAt: now, times: last.times + 1 }
      }
      const row = this.#database.get(
        logRow,
        'INSERT INTO log (at, last_at, times, level, subject, code, text) VALUES (?, ?, 1, ?, ?, ?, ?) RETURNING *',
        now,
        now,
        news.level,
        news.subject,
        news.code,
        news.text,
      )
      if (row === null) throw this.#database.corrupt('the log takes no lines')
      this.#database.run('DELETE FROM log WHERE id <= ?', row.id - ENTRIES_MAX)
      return row
    })
  }

  /** The newest entries, oldest first. */
  last(count: number): LogEntry[] {
    return this.#database.all(logRow, 'SELECT * FROM log ORDER BY id DESC LIMIT ?', count).reverse()
  }

  /** What is new or has happened again since `moment` (ISO), oldest first. */
  since(moment: string): LogEntry[] {
    return this.#database.all(logRow, 'SELECT * FROM log WHERE last_at > ? ORDER BY last_at, id', moment)
  }
}
