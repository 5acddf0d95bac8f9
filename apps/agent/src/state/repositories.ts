import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Database } from './database.ts'

/**
 * Repositories whose keys were made here. `creating` means that the key is safe on the disk and restic may or may not
 * have made the repository yet: the key is always written first, so that no repository can exist without it.
 */
export type Repository = {
  readonly id: string
  /** The portal that asked for it; null once the agent has left that portal. */
  readonly portalId: string | null
  readonly name: string
  readonly folder: string
  /** restic's password: 32 random bytes, base64url. */
  readonly key: string
  readonly state: 'creating' | 'ready' | 'failed'
  readonly createdAt: string
}

const COLUMNS = 'id, portal_id, name, folder, key, state, created_at'

const repositoryRow = z
  .object({
    id: z.uuid(),
    portal_id: z.uuid().nullable(),
    name: z.string(),
    folder: z.string().min(1),
    key: z.string().min(1),
    state: z.enum(['creating', 'ready', 'failed']),
    created_at: z.string(),
  })
  .transform(
    ({ portal_id: portalId, created_at: createdAt, ...same }): Repository => ({
      ...same,
      portalId,
      createdAt,
    }),
  )

export class Repositories {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
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

  /** The row of a repository that is about to be made, with its key. A row that is there already keeps its key. */
  prepare(portalId: string, id: string, name: string, folder: string): void {
    this.#database.run(
      `INSERT INTO repositories (${COLUMNS}) VALUES (?, ?, ?, ?, ?, 'creating', ?)
       ON CONFLICT (id) DO UPDATE SET portal_id = excluded.portal_id, name = excluded.name, folder = excluded.folder`,
      id,
      portalId,
      name,
      folder,
      randomBytes(32).toString('base64url'),
      new Date().toISOString(),
    )
  }

  become(id: string, state: Repository['state']): void {
    this.#database.run('UPDATE repositories SET state = ? WHERE id = ?', state, id)
  }
}
