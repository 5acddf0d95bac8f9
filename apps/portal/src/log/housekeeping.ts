/**
 * Once a night, takes away what the database need not keep: entries of the remote management log beyond their time, and
 * sessions that have ended. A few rows at a time with a breath in between, so that nobody who works at night notices; and
 * no more in one night than a bound, so that a setting that was lowered does not keep the disk busy until morning.
 *
 * Several portals on one database do the same work twice at worst: rows are gone only once.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@holdfast/database'
import type { ProcessLog } from '#start/process-log.ts'

const ROWS_PER_BATCH = 1_000
const BATCHES_PER_NIGHT_MAX = 1_000
const BREATH_MS = 100
/** By the portal's own clock and zone. */
const NIGHT_HOUR = 3

export type Housekeeping = { stop(): Promise<void> }

export function keepHouse(database: Database, processLog: ProcessLog): Housekeeping {
  const stopping = new AbortController()
  const { signal } = stopping
  const work = async () => {
    for (;;) {
      await pause(msUntilNight(new Date()), undefined, { signal, ref: false })
      await tidyUp(database, { signal }).then(
        (removed) => processLog.info(removed, 'Tidied up.'),
        (error) => processLog.error({ err: error }, 'What is too old could not be taken away.'),
      )
    }
  }
  const working = work().catch((error) => {
    if (!signal.aborted)
      processLog.error({ err: error }, 'Nobody keeps the house until the portal is restarted.')
  })
  return {
    async stop() {
      stopping.abort()
      await working
    },
  }
}

/** Everything that is too old, up to the bounds of one night. Gives how many rows went. */
export async function tidyUp(
  database: Database,
  { signal, rowsPerBatch = ROWS_PER_BATCH }: { signal?: AbortSignal; rowsPerBatch?: number } = {},
): Promise<{ logEntries: number; sessions: number }> {
  const inBatches = async (remove: () => Promise<number>) => {
    let removed = 0
    for (let batch = 0; batch < BATCHES_PER_NIGHT_MAX && !signal?.aborted; batch += 1) {
      const count = await remove()
      removed += count
      if (count < rowsPerBatch) break
      await pause(BREATH_MS, undefined, { ref: false })
    }
    return removed
  }
  return {
    logEntries: await inBatches(() => database.directory.pruneLog(rowsPerBatch)),
    sessions: await inBatches(() => removeEndedSessions(database, rowsPerBatch)),
  }
}

/** Nobody can use them any more; who signed in, and when, stays in the log. */
async function removeEndedSessions(database: Database, rowsMax: number): Promise<number> {
  const provider = await database.directory.portalProvider()
  if (provider === null) return 0
  const { rowCount } = await database.forTenantSql({ providerId: provider.id, customerId: null }, (sql) =>
    sql.query(
      `DELETE FROM user_session WHERE id IN
         (SELECT id FROM user_session WHERE expires_at < now() - interval '1 day' ORDER BY expires_at LIMIT $1)`,
      [rowsMax],
    ),
  )
  return rowCount ?? 0
}

/** Until the next time the clock shows this hour, plus up to an hour, so that many portals do not begin together. */
export function msUntilNight(now: Date, spread = Math.random()): number {
  const night = new Date(now)
  night.setHours(NIGHT_HOUR, 0, 0, 0)
  if (night <= now) night.setDate(night.getDate() + 1)
  return night.getTime() - now.getTime() + Math.round(spread * 3_600_000)
}
