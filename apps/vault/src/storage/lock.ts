/**
 * One vault a folder: two would empty each other's incoming/ and each count half of a quota. The lock is an SQLite file
 * held in an exclusive transaction, which the operating system lets go of at the very moment the process ends, however it
 * ends. (Node has no flock of its own.)
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

const busy = z.object({ code: z.literal('ERR_SQLITE_ERROR'), errcode: z.literal(5) })

/** @throws Error when another vault has it. */
export function lockFolder(data: string): { release(): void } {
  const sqlite = new DatabaseSync(join(data, 'vault.lock'), { timeout: 0 })
  try {
    sqlite.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    sqlite.close()
    if (busy.safeParse(error).success) throw new Error(`Another vault is serving ${data}.`)
    throw error
  }
  return { release: () => sqlite.isOpen && sqlite.close() }
}
