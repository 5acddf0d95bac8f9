/**
 * Machines that were refused because another one is the server already, and what a person decided about each:
 *
 *   undecided   it knocks again soon: somebody may stop the other machine, or decide
 *   kept out    the linked machine is the right one; the copy is told so, and knocks seldom
 *   split       the copy was made a server of its own; it is told so, and what to type
 *   chosen      the copy is the right one: the place is held for it
 *
 * They stand in `server_copy` for the console. What is told of one copy before it is written is counted together, and
 * only the newest of a server are kept: whoever knows its password could make up as many as he likes.
 */
import type { Database } from '@holdfast/database'
import type { Refusal } from '@holdfast/protocol'
import { z } from 'zod'
import { SingleFlight } from '#batching/single-flight.ts'
import type { LiveBus } from '#live/bus.ts'
import { storable } from '#log/foreign.ts'
import type { ProcessLog } from '#start/process-log.ts'
import type { Owner } from './owner.ts'
import { HELD_MS, type Place } from './rules.ts'

type Seen = { readonly instance: string; readonly hostname: string; readonly address: string }

export const knownCopy = z.object({
  isKeptOut: z.boolean(),
  chosenAt: z.coerce.date().nullable(),
  /** The name of the server that it was made. */
  became: z.string().nullable(),
})
export type KnownCopy = z.output<typeof knownCopy>
/** By installation. */
export type KnownCopies = Readonly<Record<string, KnownCopy>>

/** Of the query that finds `server.id`: what was decided about each copy that is known. */
export const COPIES_IN_SQL = `
  (SELECT coalesce(jsonb_object_agg(copy.instance, jsonb_build_object(
            'isKeptOut', copy.dismissed_at IS NOT NULL, 'chosenAt', copy.chosen_at,
            'became', customer.handle || '/' || became.name)), '{}')
   FROM server_copy AS copy
   LEFT JOIN server AS became ON became.id = copy.became_server_id
   LEFT JOIN customer ON customer.id = became.customer_id
   WHERE copy.server_id = server.id)`

const SOON_MS = 60_000
const SELDOM_MS = 6 * 3_600_000
const FLUSH_AFTER_MS = 100
/** For each server. */
const COPIES_MAX = 20
/** Between two flushes; whoever makes up more is not counted. */
const WAITING_MAX = 1_000

/** What a copy is told that somebody has decided about; null for one that may stand in line. */
export function decidedAgainst(copy: KnownCopy | undefined): Refusal | null {
  if (copy === undefined) return null
  if (copy.became !== null) {
    const detail = `This machine is ${copy.became} now: join it with the token of that server.`
    return { code: 'clone_split', detail, retryAfterMs: SELDOM_MS }
  }
  if (!copy.isKeptOut) return null
  const detail = 'Somebody decided at the portal that the other machine is the right one.'
  return { code: 'clone_refused', detail, retryAfterMs: SELDOM_MS }
}

export function refusalOfCopy(): Refusal {
  return { code: 'clone_refused', retryAfterMs: SOON_MS }
}

/** For whom a person holds the place; null where nobody chose, or the chosen one has not come for too long. */
export function placeOfChosen(copies: KnownCopies, now = new Date()): Place | null {
  for (const [instance, { chosenAt }] of Object.entries(copies)) {
    const heldUntil = chosenAt && new Date(chosenAt.getTime() + HELD_MS)
    if (heldUntil && heldUntil > now) return { instance, heldUntil }
  }
  return null
}

type Waiting = { readonly owner: Owner; readonly seen: Seen; times: number }

export class Copies {
  readonly #database: Database
  readonly #live: LiveBus
  readonly #processLog: ProcessLog
  readonly #flight = new SingleFlight(FLUSH_AFTER_MS, () => this.#flush())
  #seen = new Map<string, Waiting>()
  #gone = new Map<string, { owner: Owner; instance: string }>()

  constructor(database: Database, live: LiveBus, processLog: ProcessLog) {
    this.#database = database
    this.#live = live
    this.#processLog = processLog
  }

  refused(owner: Owner, seen: Seen): void {
    const key = `${owner.serverId} ${seen.instance}`
    const times = (this.#seen.get(key)?.times ?? 0) + 1
    if (times > 1 || this.#seen.size < WAITING_MAX) this.#seen.set(key, { owner, seen, times })
    this.#flight.schedule()
  }

  /** It is the server now, and no copy any more. */
  cameIn(owner: Owner, instance: string): void {
    const key = `${owner.serverId} ${instance}`
    this.#seen.delete(key)
    this.#gone.set(key, { owner, instance })
    this.#flight.schedule()
  }

  drain(): Promise<void> {
    return this.#flight.drain()
  }

  async #flush(): Promise<void> {
    const [seen, gone] = [[...this.#seen.values()], [...this.#gone.values()]]
    this.#seen = new Map()
    this.#gone = new Map()
    try {
      for (const [providerId, each] of Map.groupBy(gone, ({ owner }) => owner.providerId))
        await this.#write(
          providerId,
          GONE,
          each.map(({ owner, instance }) => ({ ...owner, instance })),
        )
      for (const [providerId, each] of Map.groupBy(seen, ({ owner }) => owner.providerId))
        await this.#write(providerId, SEEN, each.map(toRow))
    } catch (error) {
      this.#processLog.error({ err: error }, 'Copies of servers could not be written.')
      return
    }
    for (const { owner } of [...seen, ...gone]) this.#live.publish({ type: 'copy', ...owner })
  }

  #write(providerId: string, queries: readonly Query[], rows: readonly object[]): Promise<unknown> {
    return this.#database.forTenantSql({ providerId, customerId: null }, async (sql) => {
      for (const query of queries) await sql.query({ ...query, values: [JSON.stringify(rows)] })
    })
  }
}

function toRow({ owner, seen, times }: Waiting) {
  const { instance, hostname, address } = seen
  return { ...owner, instance, hostname: storable(hostname, 255), address: storable(address, 300), times }
}

type Query = { readonly name: string; readonly text: string }

/** The join keeps a server that has been removed meanwhile from spoiling the batch. */
const SEEN: readonly Query[] = [
  {
    name: 'copies_seen',
    text: `
      INSERT INTO server_copy (server_id, provider_id, customer_id, instance, hostname, address, times)
      SELECT server.id, server.provider_id, server.customer_id, seen.instance, seen.hostname, seen.address, seen.times
      FROM jsonb_to_recordset($1::jsonb)
        AS seen ("serverId" uuid, instance uuid, hostname text, address text, times integer)
      JOIN server ON server.id = seen."serverId"
      ON CONFLICT (server_id, instance) DO UPDATE SET
        hostname = excluded.hostname, address = excluded.address, last_at = excluded.last_at,
        times = server_copy.times + excluded.times`,
  },
  {
    name: 'copies_kept',
    text: `
      DELETE FROM server_copy WHERE (server_id, instance) IN (
        SELECT server_id, instance FROM (
          SELECT server_id, instance, row_number() OVER (
            PARTITION BY server_id
            ORDER BY (dismissed_at IS NULL AND chosen_at IS NULL AND became_server_id IS NULL), last_at DESC) AS place
          FROM server_copy
          WHERE server_id IN (SELECT "serverId" FROM jsonb_to_recordset($1::jsonb) AS seen ("serverId" uuid))
        ) AS ordered WHERE place > ${COPIES_MAX})`,
  },
]

const GONE: readonly Query[] = [
  {
    name: 'copies_gone',
    text: `
      DELETE FROM server_copy USING jsonb_to_recordset($1::jsonb) AS gone ("serverId" uuid, instance uuid)
      WHERE server_copy.server_id = gone."serverId" AND server_copy.instance = gone.instance`,
  },
]
