import { type RestoreFinished, restoreBody, restoreFinished } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'
import { type ResticProcess, resticProcess } from './runs.ts'

/** Restores onto this machine, asked for by a portal or by a person here. The id is that of the command. */
export type RestoreRecord = {
  readonly id: string
  /** Null: a person at this machine. */
  readonly portalId: string | null
  readonly repositoryId: string
  readonly wanted: RestoreWanted
  readonly startedAt: string
  /** The restic that fetches for it; null before the first. */
  readonly process: ResticProcess | null
  /** Folders of ours that may be there. */
  readonly staging: readonly string[]
  readonly result: RestoreResult | null
}

const wanted = restoreBody.omit({ kind: true })
export type RestoreWanted = z.output<typeof wanted>

const result = restoreFinished.omit({ type: true, restoreId: true, repositoryId: true, snapshotId: true })
export type RestoreResult = Omit<RestoreFinished, 'type' | 'restoreId' | 'repositoryId' | 'snapshotId'>

const COLUMNS = 'id, portal_id, repository_id, body, started_at, process, staging, result'
const KEPT_MAX = 1_000

const row = z
  .object({
    id: z.uuid(),
    portal_id: z.uuid().nullable(),
    repository_id: z.uuid(),
    body: json(wanted),
    started_at: z.iso.datetime(),
    process: json(resticProcess).nullable(),
    staging: json(z.array(z.string())),
    result: json(result).nullable(),
  })
  .transform(
    ({
      portal_id: portalId,
      repository_id: repositoryId,
      body,
      started_at: startedAt,
      ...same
    }): RestoreRecord => ({
      ...same,
      ...{ portalId, repositoryId, wanted: body, startedAt },
    }),
  )

export class RestoreHistory {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  begin(record: Pick<RestoreRecord, 'id' | 'portalId' | 'wanted' | 'startedAt'>): void {
    const { id, portalId, wanted, startedAt } = record
    this.#database.run(
      'INSERT INTO restores (id, portal_id, repository_id, body, started_at) VALUES (?, ?, ?, ?, ?)',
      ...[id, portalId, wanted.repositoryId, JSON.stringify(wanted), startedAt],
    )
    this.#database.run(
      `DELETE FROM restores WHERE finished_at IS NOT NULL AND id NOT IN
         (SELECT id FROM restores ORDER BY started_at DESC LIMIT ${KEPT_MAX})`,
    )
  }

  spawned(id: string, process: ResticProcess): void {
    this.#database.run('UPDATE restores SET process = ? WHERE id = ?', JSON.stringify(process), id)
  }

  stages(id: string, folder: string): void {
    this.#database.run(
      `UPDATE restores SET staging = json_insert(staging, '$[#]', ?)
       WHERE id = ? AND NOT EXISTS (SELECT 1 FROM json_each(staging) WHERE value = ?)`,
      ...[folder, id, folder],
    )
  }

  finish(id: string, result: RestoreResult): void {
    this.#database.run(
      'UPDATE restores SET finished_at = ?, result = ? WHERE id = ?',
      ...[result.finishedAt, JSON.stringify(result), id],
    )
  }

  find(id: string): RestoreRecord | null {
    return this.#database.get(row, `SELECT ${COLUMNS} FROM restores WHERE id = ?`, id)
  }

  unfinished(): RestoreRecord[] {
    return this.#database.all(
      row,
      `SELECT ${COLUMNS} FROM restores WHERE finished_at IS NULL ORDER BY started_at, id`,
    )
  }

  /** Every restic that was started here for a repository lately, to restore from it. */
  processesOf(repositoryId: string): ResticProcess[] {
    return this.#database
      .all(
        z.object({ process: json(resticProcess) }),
        `SELECT process FROM restores WHERE repository_id = ? AND process IS NOT NULL
         ORDER BY started_at DESC LIMIT 20`,
        repositoryId,
      )
      .map(({ process }) => process)
  }
}
