import { type RefusalCode, refusalCode } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'

/**
 * The remote management log at the site: every link change, command and run with its reason, readable without any
 * portal. The same event again and again is one line that counts, also where several take turns: a portal that is down
 * for a week, with three addresses that each fail in their own way, is three lines.
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

export type LogFilter = {
  /** This level and those that are worse. */
  readonly level?: LogEntryLevel | undefined
  /** Happened, or happened again, since then (ISO). */
  readonly since?: string | undefined
  /** Occurs in what a line says, in any case of letters. */
  readonly text?: string | undefined
}

const ENTRIES_MAX = 10_000
const KEPT_MS = 400 * 24 * 3_600_000
/** In new lines: the look goes over all of them. */
const LOOK_FOR_OLD_EVERY = 100
const TEXT_CHARS_MAX = 2_000
/** So many lines of one subject may take turns and still be folded. */
const FOLDED_AMONG = 8
const WORSE_OR_SAME: Record<LogEntryLevel, readonly LogEntryLevel[]> = {
  info: ['info', 'warn', 'error'],
  warn: ['warn', 'error'],
  error: ['error'],
}

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

  write({ level, subject, code, text: whole }: LogNews): LogEntry {
    const text = whole.slice(0, TEXT_CHARS_MAX)
    return this.#database.transact(() => {
      const now = new Date().toISOString()
      const same = this.#sameAs({ level, subject, code, text })
      if (same !== null) {
        this.#database.run('UPDATE log SET last_at = ?, times = times + 1 WHERE id = ?', now, same.id)
        return { ...same, lastAt: now, times: same.times + 1 }
      }
      const row = this.#database.get(
        logRow,
        'INSERT INTO log (at, last_at, times, level, subject, code, text) VALUES (?, ?, 1, ?, ?, ?, ?) RETURNING *',
        now,
        now,
        level,
        subject,
        code,
        text,
      )
      if (row === null) throw this.#database.corrupt('the log takes no lines')
      this.#database.run('DELETE FROM log WHERE id <= ?', row.id - ENTRIES_MAX)
      if (row.id % LOOK_FOR_OLD_EVERY === 0) this.#forgetOld()
      return row
    })
  }

  /** The newest entries that pass the filter, oldest first. */
  last(count: number, filter: LogFilter = {}): LogEntry[] {
    const rows = this.#database.all(logRow, 'SELECT * FROM log ORDER BY id DESC')
    return rows.filter(passing(filter)).slice(0, count).reverse()
  }

  /** What is new or has happened again at `moment` (ISO) or later, in the order in which it happened. */
  since(moment: string, filter: LogFilter = {}): LogEntry[] {
    const rows = this.#database.all(
      logRow,
      'SELECT * FROM log WHERE last_at >= ? ORDER BY last_at, id',
      moment,
    )
    return rows.filter(passing(filter))
  }

  #forgetOld(): void {
    this.#database.run('DELETE FROM log WHERE last_at < ?', new Date(Date.now() - KEPT_MS).toISOString())
  }

  /** The line that this is a repeat of. Whatever went well in between ends a story: then it is news. */
  #sameAs(news: LogNews): LogEntry | null {
    const newest = this.#database.all(
      logRow,
      'SELECT * FROM log WHERE subject = ? ORDER BY id DESC LIMIT ?',
      news.subject,
      FOLDED_AMONG,
    )
    for (const entry of newest) {
      if (entry.code === news.code && entry.text === news.text && entry.level === news.level) return entry
      if (entry.level === 'info' || news.level === 'info') return null
    }
    return null
  }
}

function passing({ level = 'info', since = '', text = '' }: LogFilter): (entry: LogEntry) => boolean {
  const levels = WORSE_OR_SAME[level]
  const wanted = text.toLowerCase()
  return (entry) =>
    levels.includes(entry.level) &&
    entry.lastAt >= since &&
    `${entry.subject}: ${entry.text} [${entry.code ?? ''}]`.toLowerCase().includes(wanted)
}
