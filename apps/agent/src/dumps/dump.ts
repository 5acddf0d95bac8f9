/**
 * All that a plan has dumped before its backup: databases, and what commands print.
 *
 *   room for it? ── NAME/FILE.partial is written ── ended with 0? ── NAME/FILE
 *                                                  └ no: all of NAME is thrown away, and the run says `dump_failed`
 *
 * So nothing that is half of something ever gets into a snapshot.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dumped, LIMITS, type Plan } from '@holdfast/protocol'
import { Failure, inOneLine } from '../failure.ts'
import { sentenceOf } from '../offers/hooks.ts'
import { plainEnvironment } from '../offers/run-site-program.ts'
import type { DatabaseOffer, ProgramOffer, SiteOffers } from '../state/offers.ts'
import { mysqlPieces } from './mysql.ts'
import { type Piece, printedBy } from './piece.ts'
import { postgresqlPieces } from './postgresql.ts'
import { type Spool, spareBytes, watchDisk } from './spool.ts'
import { sqlitePieces } from './sqlite.ts'

type Work = {
  readonly kind: Dumped['kind']
  readonly name: string
  readonly secret: string | null
  pieces(signal: AbortSignal): Promise<Piece[]>
}

/** One after the other. Never fails: failing is a result, one for each. */
export async function dumpAll(
  plan: Plan,
  offers: SiteOffers,
  spool: Spool,
  signal: AbortSignal,
): Promise<Dumped[]> {
  const databases = offers.databases()
  const commands = offers.programs('command')
  const works = [
    ...(plan.databases ?? []).flatMap((name) =>
      databases.filter((each) => each.name === name).map(ofDatabase),
    ),
    ...(plan.commands ?? []).flatMap((name) => commands.filter((each) => each.name === name).map(ofCommand)),
  ]
  const done: Dumped[] = []
  for (const work of works) done.push(await dump(work, spool, signal))
  return done
}

export function ofDatabase(offer: DatabaseOffer): Work {
  const { name, setting, password: secret } = offer
  const pieces = (signal: AbortSignal) => {
    switch (setting.kind) {
      case 'postgresql':
        return postgresqlPieces(offer, setting, signal)
      case 'mysql':
        return mysqlPieces(offer, setting, signal)
      case 'sqlite':
        return sqlitePieces(setting.file)
    }
  }
  return { kind: 'database', name, secret, pieces }
}

function ofCommand({ name, setting }: ProgramOffer): Work {
  const make = printedBy({ ...setting, env: plainEnvironment() })
  return {
    ...{ kind: 'command', name, secret: null },
    pieces: async () => [{ file: 'output', bytesExpected: null, make }],
  }
}

const FOLDERS: Record<Dumped['kind'], string> = { database: 'databases', command: 'commands' }

export async function dump(work: Work, spool: Spool, signal: AbortSignal): Promise<Dumped> {
  const { kind, name, secret } = work
  const folder = join(spool.folder, FOLDERS[kind], name)
  const begunMs = performance.now()
  const result = (given: Pick<Dumped, 'exitCode' | 'code' | 'detail' | 'sizeBytes'>): Dumped => ({
    ...{ kind, name },
    ...given,
    detail: withoutSecret(given.detail, secret).slice(0, LIMITS.outputCharsMax),
    durationMs: Math.round(performance.now() - begunMs),
  })
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const sizeBytes = await write(await work.pieces(signal), folder, signal)
    return result({ exitCode: 0, code: null, detail: '', sizeBytes })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    const exitCode = error instanceof PieceFailed ? error.exitCode : null
    if (signal.aborted) return result({ exitCode, code: 'run_cancelled', detail: '', sizeBytes: 0 })
    const detail =
      error instanceof PieceFailed
        ? error.message
        : error instanceof Failure
          ? (error.refusal.detail ?? inOneLine(error.refusal))
          : String(error)
    return result({ exitCode, code: 'dump_failed', detail, sizeBytes: 0 })
  }
}

class PieceFailed extends Error {
  readonly exitCode: number | null

  constructor(exitCode: number | null, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

async function write(pieces: readonly Piece[], folder: string, signal: AbortSignal): Promise<number> {
  let sizeBytes = 0
  for (const { file, bytesExpected, make } of pieces) {
    const spare = await spareBytes(folder)
    // A database is often larger than its dump, which has no indexes.
    if (spare < (bytesExpected ?? 0) / 2) throw new PieceFailed(null, noRoom(spare, bytesExpected ?? 0))
    using disk = watchDisk(folder)
    const path = join(folder, file)
    const end = await make(`${path}.partial`, AbortSignal.any([signal, disk.signal]))
    if (disk.signal.aborted) throw new PieceFailed(end.exitCode, 'The disk of the spool is almost full.')
    if (end.exitCode !== 0 || end.cut !== null)
      throw new PieceFailed(end.exitCode, `${file}: ${sentenceOf(end)}`)
    await rename(`${path}.partial`, path)
    sizeBytes += (await stat(path)).size
  }
  return sizeBytes
}

function noRoom(spareBytes: number, bytesExpected: number): string {
  const mebibytes = (bytes: number) => `${Math.max(0, Math.round(bytes / 1024 ** 2))} MiB`
  return `There is no room for the dump: ${mebibytes(spareBytes)} to spare, about ${mebibytes(bytesExpected)} to dump.`
}

function withoutSecret(text: string, secret: string | null): string {
  return secret === null || secret === '' ? text : text.replaceAll(secret, '***')
}
