/**
 * Who knocked at the gateway's door in the last minutes, and how far each of them got:
 *
 *   tcp ──► tls ──► websocket ──► hello ──► challenged ──► proven
 *    └──────┴──────────┴────────────┴───────────┴─► broke off there, with the reason where one is known
 *
 * Kept in memory only, and bounded in every direction: a port scan must not cost more than what it reads. One row for each
 * address, with counts, because a whole site may sit behind one. Most knocks belong to nobody yet, so they are for the
 * provider's own people. What a knock says of itself (name, code, host) is hostile text.
 *
 * A connection that brings the code of a doctor's run is kept under that code as well.
 */
import { doctorCode, type RefusalCode } from '@holdfast/protocol'
import { addressKey } from './attempts.ts'

export const KNOCK_STEPS = ['tcp', 'tls', 'websocket', 'hello', 'challenged', 'proven'] as const
export type KnockStep = (typeof KNOCK_STEPS)[number]

/** Why TLS did not come to an end, where no refusal has a word for it. */
export type TlsTrouble = 'tls_closed' | 'tls_timeout' | 'tls_version' | 'tls_not_trusted' | 'tls_failed'
export type KnockTrouble = RefusalCode | TlsTrouble

/** One connection, as it is known at this moment. */
export type Knock = {
  readonly address: string
  readonly at: Date
  readonly step: KnockStep
  /** What it called us: the Host of its request. */
  readonly host: string
  /** `customer/server`, as claimed. */
  readonly name: string
  readonly trouble: KnockTrouble | null
  readonly detail: string
}

export type KnockRow = {
  readonly address: string
  readonly count: number
  readonly firstAt: Date
  /** How many of its connections got so far. */
  readonly reached: Readonly<Record<KnockStep, number>>
  readonly last: Knock
  /** The last one that something kept from coming in. */
  readonly lastTrouble: Knock | null
}

export type DoctorVisit = { readonly knocks: readonly Knock[]; readonly around: readonly KnockRow[] }

const REMEMBERED_MS = 15 * 60_000
const ADDRESSES_MAX = 500
const OPEN_MAX = 20_000
const VISITS_MAX = 100
const KNOCKS_PER_VISIT_MAX = 50
const TEXT_MAX = 300

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
type Row = Writable<Omit<KnockRow, 'reached' | 'last' | 'lastTrouble'>> & {
  reached: Record<KnockStep, number>
  last: Line
  lastTrouble: Line | null
}

/** One connection that is on its way in. */
export class Line {
  readonly knock: Writable<Knock>
  readonly #row: Row
  readonly #over: () => void

  constructor(knock: Writable<Knock>, row: (line: Line) => Row, over: () => void) {
    this.knock = knock
    this.#over = over
    this.#row = row(this)
    this.#row.reached.tcp += 1
  }

  reached(step: Exclude<KnockStep, 'tcp'>): void {
    if (KNOCK_STEPS.indexOf(step) <= KNOCK_STEPS.indexOf(this.knock.step)) return
    this.knock.step = step
    this.#row.reached[step] += 1
    if (step === 'proven') this.#over()
  }

  said(hello: { readonly name: string }): void {
    this.knock.name = bounded(hello.name)
    this.reached('hello')
  }

  asked(host: string | undefined): void {
    this.knock.host = bounded(host ?? '')
  }

  brokeOff(trouble: KnockTrouble, detail = ''): void {
    if (this.knock.trouble !== null) return
    this.knock.trouble = trouble
    this.knock.detail = bounded(detail)
    this.#row.lastTrouble = this
    this.#over()
  }
}

export class Knocks {
  readonly #now: () => number
  /** By address, in the order of their last knock. */
  readonly #rows = new Map<string, Row>()
  /** By address and port: those that may still get further. */
  readonly #open = new Map<string, Line>()
  readonly #visits = new Map<string, Line[]>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Somebody is connected. `port` is his. */
  begin(address: string, port: number): Line {
    const key = keyOf(address, port)
    const knock = { ...{ address, at: new Date(this.#now()), step: 'tcp' as const }, ...SAID_NOTHING }
    const line = new Line(
      knock,
      (self) => this.#rowFor(address, self),
      () => this.#open.delete(key),
    )
    put(this.#open, key, line, OPEN_MAX)
    return line
  }

  /** Null when it is over, or was forgotten. */
  line(address: string, port: number): Line | null {
    return this.#open.get(keyOf(address, port)) ?? null
  }

  /** `code` is whatever stood in the address. */
  visited(line: Line, code: string): void {
    const read = doctorCode.safeParse(code)
    if (!read.success) return
    const lines = this.#visits.get(read.data) ?? []
    if (lines.length < KNOCKS_PER_VISIT_MAX) lines.push(line)
    put(this.#visits, read.data, lines, VISITS_MAX)
  }

  /** Newest first. */
  rows(): KnockRow[] {
    const since = this.#now() - REMEMBERED_MS
    const rows = [...this.#rows.values()].filter(({ last }) => last.knock.at.getTime() >= since)
    return rows.reverse().map(snapshot)
  }

  /**
   * What arrived from one run of the doctor, newest first. `around` are the connections without a code that may belong to
   * it: from its neighbourhood, or, when nothing has arrived, all that ended before they could have told a code.
   */
  visit(code: string): DoctorVisit {
    const since = this.#now() - REMEMBERED_MS
    const lines = (this.#visits.get(code) ?? []).filter(({ knock }) => knock.at.getTime() >= since)
    const near = new Set(lines.map(({ knock }) => neighbourhood(knock.address)))
    const around = this.rows().filter((row) =>
      near.size > 0 ? near.has(neighbourhood(row.address)) : row.reached.websocket < row.count,
    )
    return { knocks: lines.map(({ knock }) => ({ ...knock })).reverse(), around }
  }

  #rowFor(address: string, last: Line): Row {
    const known = this.#rows.get(address)
    const at = last.knock.at
    const isOld = known && known.last.knock.at.getTime() < at.getTime() - REMEMBERED_MS
    const row: Row =
      known && !isOld
        ? known
        : { address, count: 0, firstAt: at, reached: noneReached(), last, lastTrouble: null }
    row.count += 1
    row.last = last
    put(this.#rows, address, row, ADDRESSES_MAX)
    return row
  }
}

const SAID_NOTHING = { host: '', name: '', trouble: null, detail: '' } as const

function noneReached(): Record<KnockStep, number> {
  return { tcp: 0, tls: 0, websocket: 0, hello: 0, challenged: 0, proven: 0 }
}

function snapshot({ last, lastTrouble, reached, ...row }: Row): KnockRow {
  return {
    ...row,
    reached: { ...reached },
    last: { ...last.knock },
    lastTrouble: lastTrouble && { ...lastTrouble.knock },
  }
}

/** As the newest; beyond the bound the oldest is forgotten. */
function put<T>(map: Map<string, T>, key: string, value: T, max: number): void {
  map.delete(key)
  map.set(key, value)
  const oldest = map.keys().next().value
  if (map.size > max && oldest !== undefined) map.delete(oldest)
}

function keyOf(address: string, port: number): string {
  return `${address} ${port}`
}

function bounded(text: string): string {
  return text.slice(0, TEXT_MAX).toWellFormed()
}

/** A /24 of IPv4 and a /64 of IPv6: what one site usually has. */
export function neighbourhood(address: string): string {
  return address.includes(':') ? addressKey(address) : address.slice(0, address.lastIndexOf('.'))
}
