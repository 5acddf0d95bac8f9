/**
 * SQLite: a copy by SQLite's own means of copying (its backup interface), which is of one moment also while others write,
 * in any journal mode. A copy of the file alone would be torn, or lack what still stands in the -wal file beside it.
 */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import type { Piece } from './piece.ts'

/** In one go, off the main thread: bit by bit, it would begin anew with each write of another program. */
const PAGES_AT_ONCE = 2 ** 31 - 1
const BUSY_MS_MAX = 60_000

export async function sqlitePieces(file: string): Promise<Piece[]> {
  const bytesExpected = await stat(file).then(
    ({ size }) => size,
    () => null,
  )
  return [{ file: basename(file), bytesExpected, make: (path, signal) => copy(file, path, signal) }]
}

async function copy(file: string, path: string, signal: AbortSignal): ReturnType<Piece['make']> {
  try {
    const source = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS_MAX })
    try {
      await backup(source, path, { rate: PAGES_AT_ONCE })
    } finally {
      source.close()
    }
    return { exitCode: 0, cut: signal.aborted ? 'stopped' : null, lastWords: '' }
  } catch (error) {
    const lastWords = error instanceof Error ? error.message : 'unknown'
    return { exitCode: null, cut: 'not_started', lastWords }
  }
}
