/**
 * One agent a state folder. The lock is a second SQLite file, held in an exclusive transaction for as long as the
 * process lives: the operating system lets go of it at the very moment the process ends, however it ends, so there is
 * no stale lock to clean up. (Node has no flock of its own.)
 */
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { Failure } from '../failure.ts'

export type Lock = { release(): void }

const isBusy = (error: unknown) =>
  z.object({ code: z.literal('ERR_SQLITE_ERROR'), errcode: z.literal(5) }).safeParse(error).success

/** Null when another process holds it. Fails with `state_unwritable`. */
export function takeLock(file: string): Lock | null {
  try {
    const sqlite = new DatabaseSync(file, { timeout: 0 })
    try {
      sqlite.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      sqlite.close()
      throw error
    }
    return { release: () => sqlite.isOpen && sqlite.close() }
  } catch (error) {
    if (isBusy(error)) return null
    throw new Failure({ code: 'state_unwritable', detail: file }, { cause: error })
  }
}
