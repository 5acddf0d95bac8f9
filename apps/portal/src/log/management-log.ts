/**
 * Writes the remote management log: every attempt, link change and command, with its reason.
 *
 * Whoever knocks can make us write, so what he can make us write is bounded. A repeat of the same thing within its
 * window is counted in the row that is there already; and when very many different things come (names tried out, one
 * after the other, all at once or for days), the rest is counted together, without their names.
 *
 *   write ──► same as a recent one?  yes: count it there      ┐
 *                                    no:  a new row           ├──► every 200 ms, one transaction
 *                                    too many: a nameless row ┘
 */
import type { Database, ManagementLogKind } from '@holdfast/database'
import { v7 as uuidv7 } from 'uuid'
import { SingleFlight } from '#batching/single-flight.ts'
import type { LiveBus } from '#live/bus.ts'
import type { ProcessLog } from '#start/process-log.ts'
import type { LogCode } from './events.ts'
import { storable } from './foreign.ts'

export type LogEntry = {
  /** Null for an attempt that belongs to no customer: then it is the portal's own provider's. */
  readonly providerId: string | null
  readonly customerId: string | null
  readonly serverId: string | null
  readonly kind: ManagementLogKind
  readonly code: LogCode
  /** What it is about: the name that the other end claimed, or the thing that was changed. May be hostile text. */
  readonly subject?: string
  /** A person's name, for commands and changes. */
  readonly actor?: string
  readonly detail?: string
  readonly address?: string
}

const FLUSH_AFTER_MS = 200
const RETRY_AFTER_MS = 2_000
/** Repeats further apart than this are told apart. Commands and changes are never folded: each is its own event. */
const FOLD_WITHIN_MS: Record<ManagementLogKind, number> = {
  attempt: 10 * 60_000,
  link: 2 * 60_000,
  command: 0,
  change: 0,
}
/** However steady the repeats, a row ends after a day, so that the log shows when it went on. */
const ROW_SPANS_MS_MAX = 24 * 3_600_000
const REMEMBERED_MAX = 10_000
const NEW_ROWS_PER_FLUSH_MAX = 500
/**
 * New rows for attempts, for each customer and for names that are nobody's: so many in a row, after that one in so many
 * ms. Or somebody who tries names at a steady pace would fill the disk.
 */
const ATTEMPTS_IN_A_ROW = 500
const ATTEMPT_SPACING_MS = 2_000

type Row = {
  readonly id: string
  readonly providerId: string | null
  readonly customerId: string | null
  readonly serverId: string | null
  readonly kind: ManagementLogKind
  readonly code: LogCode
  readonly subject: string
  readonly actor: string
  readonly detail: string
  readonly address: string
  readonly firstAt: number
  lastAt: number
  /** Not yet in the database. */
  countToAdd: number
  isNew: boolean
}

export class ManagementLog {
  readonly #database: Database
  readonly #live: LiveBus
  readonly #processLog: ProcessLog
  readonly #flight = new SingleFlight(FLUSH_AFTER_MS, () => this.#flush())
  /** Recent rows by what makes two entries the same; the least recently repeated first. */
  readonly #recent = new Map<string, Row>()
  #unwritten = new Set<Row>()
  /** Until when the new rows of a customer's attempts are paid for. */
  readonly #attemptsPaidUntil = new Map<string | null, number>()
  #providerId: string | null = null

  constructor(database: Database, live: LiveBus, processLog: ProcessLog) {
    this.#database = database
    this.#live = live
    this.#processLog = processLog
  }

  /** Returns at once; the row is there a moment later. */
  write(entry: LogEntry): void {
    const now = Date.now()
    const row =
      this.#recentRow(entry, now) ??
      (this.#mayBeNamed(entry, now)
        ? this.#newRow(entry, now)
        : (this.#recentRow(withoutNames(entry), now) ?? this.#newRow(withoutNames(entry), now)))
    row.countToAdd += 1
    row.lastAt = now
    this.#unwritten.add(row)
    this.#flight.schedule()
  }

  /** Resolves when everything written so far is in the database, or could not be written. */
  drain(): Promise<void> {
    return this.#flight.drain()
  }

  /** The row in which this is counted as a repeat; null when it needs one of its own. */
  #recentRow(entry: LogEntry, now: number): Row | null {
    const key = sameness(entry)
    const known = this.#recent.get(key)
    if (known === undefined) return null
    this.#recent.delete(key)
    const isRepeat = now - known.lastAt < FOLD_WITHIN_MS[entry.kind] && now - known.firstAt < ROW_SPANS_MS_MAX
    if (!isRepeat) return null
    this.#recent.set(key, known)
    return known
  }

  #newRow(entry: LogEntry, now: number): Row {
    const { providerId, customerId, serverId, kind, code } = entry
    const row = {
      id: uuidv7(),
      ...{ providerId, customerId, serverId, kind, code },
      ...foreignTexts(entry),
      actor: storable(entry.actor ?? '', 200),
      detail: storable(entry.detail ?? '', 2_000),
      ...{ firstAt: now, lastAt: now, countToAdd: 0, isNew: true },
    }
    if (FOLD_WITHIN_MS[kind] > 0) this.#recent.set(sameness(entry), row)
    const oldest = this.#recent.keys().next().value
    if (this.#recent.size > REMEMBERED_MAX && oldest !== undefined) this.#recent.delete(oldest)
    return row
  }

  #mayBeNamed({ kind, customerId }: LogEntry, now: number): boolean {
    if (kind !== 'attempt') return true
    const paidUntil = Math.max(now, this.#attemptsPaidUntil.get(customerId) ?? now) + ATTEMPT_SPACING_MS
    const isCrowded = this.#unwritten.size >= NEW_ROWS_PER_FLUSH_MAX
    if (isCrowded || paidUntil - now > ATTEMPTS_IN_A_ROW * ATTEMPT_SPACING_MS) return false
    this.#attemptsPaidUntil.set(customerId, paidUntil)
    return true
  }

  async #flush(): Promise<void> {
    const rows = [...this.#unwritten]
    this.#unwritten = new Set()
    // What is counted while the transaction runs belongs to the next one.
    const counted = rows.map((row) => ({ row, count: row.countToAdd, isNew: row.isNew }))
    try {
      this.#providerId ??= (await this.#database.directory.portalProvider())?.id ?? null
      const providerId = this.#providerId
      // Before the first-run page there is nobody whose log it could be.
      if (providerId === null) return
      await this.#insertAndCount(providerId, counted)
      for (const { row, count } of counted) {
        row.countToAdd -= count
        row.isNew = false
        if (row.countToAdd > 0) this.#unwritten.add(row)
      }
      for (const customerId of new Set(rows.map((row) => row.customerId)))
        this.#live.publish({ type: 'log', providerId, customerId })
    } catch (error) {
      this.#processLog.error(
        { err: error, rows: rows.length },
        'The remote management log could not be written.',
      )
      for (const row of rows.slice(0, REMEMBERED_MAX)) this.#unwritten.add(row)
      setTimeout(() => this.#flight.schedule(), RETRY_AFTER_MS).unref()
    }
  }

  /** A portal has one provider, so one transaction takes them all. */
  #insertAndCount(
    portalProviderId: string,
    counted: readonly { row: Row; count: number; isNew: boolean }[],
  ): Promise<unknown> {
    const fresh = counted.filter(({ isNew }) => isNew)
    const repeated = counted.filter(({ isNew }) => !isNew)
    const toJson = ({ row, count }: { row: Row; count: number }) => ({
      ...row,
      providerId: row.providerId ?? portalProviderId,
      firstAt: new Date(row.firstAt),
      lastAt: new Date(row.lastAt),
      count,
    })
    return this.#database.forTenantSql({ providerId: portalProviderId, customerId: null }, (sql) =>
      Promise.all([
        fresh.length > 0 && sql.query(INSERT, [JSON.stringify(fresh.map(toJson))]),
        repeated.length > 0 && sql.query(COUNT, [JSON.stringify(repeated.map(toJson))]),
      ]),
    )
  }
}

/** What makes two entries the same. */
function sameness(entry: LogEntry): string {
  const { kind, code, customerId, serverId } = entry
  const { address, subject } = foreignTexts(entry)
  return [kind, code, customerId, serverId, address, subject].join('\0')
}

function foreignTexts({ subject = '', address = '' }: LogEntry) {
  return { subject: storable(subject, 200), address: storable(address, 64) }
}

function withoutNames({ providerId, kind, code }: LogEntry): LogEntry {
  const detail = 'Many different attempts in one moment: these were counted together.'
  return { providerId, customerId: null, serverId: null, kind, code, detail }
}

const INSERT = {
  name: 'log_insert',
  text: `
    INSERT INTO management_log
      (id, provider_id, customer_id, server_id, kind, code, subject, actor, detail, address, count, first_at, last_at)
    SELECT id, "providerId", "customerId", "serverId", kind::management_log_kind, code, subject, actor, detail, address,
           count, "firstAt", "lastAt"
    FROM jsonb_to_recordset($1::jsonb) AS entry
      (id uuid, "providerId" uuid, "customerId" uuid, "serverId" uuid, kind text, code text, subject text, actor text,
       detail text, address text, count int, "firstAt" timestamptz, "lastAt" timestamptz)
    ON CONFLICT (id) DO NOTHING`,
}

const COUNT = {
  name: 'log_count',
  text: `
    UPDATE management_log SET count = management_log.count + repeat.count, last_at = repeat."lastAt"
    FROM jsonb_to_recordset($1::jsonb) AS repeat (id uuid, count int, "lastAt" timestamptz)
    WHERE management_log.id = repeat.id`,
}
