import { randomBytes } from 'node:crypto'
import { type RepositoryPlace, repositoryPlace } from '@holdfast/protocol'
import { z } from 'zod'
import type { Database } from './database.ts'
import { json } from './json.ts'
import type { RestoreHistory } from './restores.ts'
import { type ResticProcess, type RunHistory, resticProcess } from './runs.ts'

/**
 * Repositories whose keys were made here. `creating` means that the key is safe on the disk and restic may or may not
 * have made the repository yet: the key is always written first, so that no repository can exist without it.
 */
export type Repository = {
  readonly id: string
  /** The portal that asked for it; null once the agent has left that portal. */
  readonly portalId: string | null
  readonly name: string
  readonly place: RepositoryPlace
  /** restic's password: 32 random bytes, base64url. */
  readonly key: string
  /** What opens the place, sealed; null where none is needed, or none was given yet. */
  readonly credentials: string | null
  readonly credentialsAt: string | null
  readonly state: 'creating' | 'ready' | 'failed'
  readonly createdAt: string
  /** It belongs to another server: it is read here, to restore from it, and never written to. */
  readonly isReadOnly: boolean
}

const COLUMNS = 'id, portal_id, name, place, key, credentials, credentials_at, state, created_at, read_only'

const repositoryRow = z
  .object({
    id: z.uuid(),
    portal_id: z.uuid().nullable(),
    name: z.string(),
    place: json(repositoryPlace),
    key: z.string().min(1),
    credentials: z.string().nullable(),
    credentials_at: z.string().nullable(),
    state: z.enum(['creating', 'ready', 'failed']),
    created_at: z.string(),
    read_only: z.number(),
  })
  .transform((row): Repository => {
    const { portal_id, created_at, credentials_at, read_only, ...same } = row
    return {
      ...same,
      portalId: portal_id,
      credentialsAt: credentials_at,
      createdAt: created_at,
      isReadOnly: read_only === 1,
    }
  })

/** When the space of removed snapshots was last given back, how long that took, and how many are waiting for it. */
export type Pruning = { readonly forgotten: number; readonly prunedAt: Date | null; readonly tookMs: number }

const PRUNING = 'forgotten, pruned_at, prune_took_ms'
const NEVER_PRUNED: Pruning = { forgotten: 0, prunedAt: null, tookMs: 0 }
const pruningRow = z
  .object({ forgotten: z.number(), pruned_at: z.iso.datetime().nullable(), prune_took_ms: z.number() })
  .transform(
    ({ forgotten, pruned_at: at, prune_took_ms: tookMs }): Pruning => ({
      ...{ forgotten, tookMs },
      prunedAt: at === null ? null : new Date(at),
    }),
  )

export class Repositories {
  readonly #database: Database
  readonly #runs: RunHistory
  readonly #restores: RestoreHistory

  constructor(database: Database, runs: RunHistory, restores: RestoreHistory) {
    this.#database = database
    this.#runs = runs
    this.#restores = restores
  }

  all(): Repository[] {
    return this.#database.all(repositoryRow, `SELECT ${COLUMNS} FROM repositories ORDER BY created_at, id`)
  }

  /** Only what this portal asked for, or what nobody claims any more: the id of another portal's answers like none. */
  find(portalId: string, id: string): Repository | null {
    return this.#database.get(
      repositoryRow,
      `SELECT ${COLUMNS} FROM repositories WHERE id = ? AND (portal_id = ? OR portal_id IS NULL)`,
      id,
      portalId,
    )
  }

  /**
   * The row of a repository that is about to be made, with its key. A row that is there already keeps its key, and what
   * opens its place as long as that stays the same: a portal must not be able to have it shown to another place.
   */
  prepare(portalId: string, id: string, name: string, place: RepositoryPlace): void {
    this.#database.run(
      `INSERT INTO repositories (id, portal_id, name, place, key, state, created_at)
       VALUES (?, ?, ?, ?, ?, 'creating', ?)
       ON CONFLICT (id) DO UPDATE SET portal_id = excluded.portal_id, name = excluded.name, place = excluded.place,
         credentials = CASE WHEN place = excluded.place THEN credentials END,
         credentials_at = CASE WHEN place = excluded.place THEN credentials_at END`,
      id,
      portalId,
      name,
      JSON.stringify(place),
      randomBytes(32).toString('base64url'),
      new Date().toISOString(),
    )
  }

  /** The repository of another server, to restore from. */
  openForeign(
    portalId: string,
    { id, name, place, key, credentials }: Pick<Repository, 'id' | 'name' | 'place' | 'key' | 'credentials'>,
  ): void {
    const now = new Date().toISOString()
    this.#database.run(
      `INSERT INTO repositories (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, 'ready', ?, 1)
       ON CONFLICT (id) DO UPDATE SET portal_id = excluded.portal_id, name = excluded.name, place = excluded.place,
         key = excluded.key, credentials = excluded.credentials, credentials_at = excluded.credentials_at
       WHERE read_only = 1`,
      ...[id, portalId, name, JSON.stringify(place), key, credentials, credentials && now, now],
    )
  }

  /** Forgets one of another server, with its key. Never one of this server's own. */
  closeForeign(id: string): void {
    this.#database.run('DELETE FROM repositories WHERE id = ? AND read_only = 1', id)
  }

  /** Snapshots were removed, and the space that they held was not given back yet. */
  forgot(id: string, snapshots: number): void {
    this.#database.run('UPDATE repositories SET forgotten = forgotten + ? WHERE id = ?', snapshots, id)
  }

  pruned(id: string, at: Date, tookMs: number): void {
    this.#database.run(
      'UPDATE repositories SET forgotten = 0, pruned_at = ?, prune_took_ms = ? WHERE id = ?',
      at.toISOString(),
      Math.round(tookMs),
      id,
    )
  }

  pruning(id: string): Pruning {
    return (
      this.#database.get(pruningRow, `SELECT ${PRUNING} FROM repositories WHERE id = ?`, id) ?? NEVER_PRUNED
    )
  }

  setCredentials(id: string, sealed: string, at: string): void {
    this.#database.run(
      'UPDATE repositories SET credentials = ?, credentials_at = ? WHERE id = ?',
      sealed,
      at,
      id,
    )
  }

  /** This restic has begun to try it out. */
  tried(id: string, process: ResticProcess): void {
    this.#database.run('UPDATE repositories SET trial = ? WHERE id = ?', JSON.stringify(process), id)
  }

  /** Every restic of ours there that is remembered: of runs, restores and the last trial. Their dead locks may be removed. */
  processesOf(id: string): ResticProcess[] {
    const row = this.#database.get(
      z.object({ trial: json(resticProcess).nullable() }),
      'SELECT trial FROM repositories WHERE id = ?',
      id,
    )
    const others = [...this.#runs.processesOf(id), ...this.#restores.processesOf(id)]
    return row === null || row.trial === null ? others : [row.trial, ...others]
  }

  become(id: string, state: Repository['state']): void {
    this.#database.run('UPDATE repositories SET state = ? WHERE id = ?', state, id)
  }
}
