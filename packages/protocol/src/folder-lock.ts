/**
 * One process a folder: two agents, vaults or portals on the same data would each undo what the other does. The lock is
 * a SQLite file, held in an exclusive transaction for as long as the process lives: the operating system lets go of it
 * at the very moment the process ends, however it ends, so there is no stale lock to clean up, and what the process has
 * started does not inherit it. (Node has no flock of its own.)
 */
import { closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

export type FolderLock = { release(): void }

const busy = z.object({ code: z.literal('ERR_SQLITE_ERROR'), errcode: z.literal(5) })

/** Null when another process holds it. @throws what the system or SQLite says of a file that cannot be written */
export function takeFolderLock(file: string): FolderLock | null {
  // Whoever may read it could hold it.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
  const sqlite = new DatabaseSync(file, { timeout: 0 })
  try {
    sqlite.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    sqlite.close()
    if (busy.safeParse(error).success) return null
    throw error
  }
  return { release: () => sqlite.isOpen && sqlite.close() }
}
