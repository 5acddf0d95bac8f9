/**
 * The way back: files and folders of a snapshot onto this machine's disk.
 *
 *   catalogue ──► what is wanted ──► where it goes, may it? ──► batches, one after the other:
 *                                                                 look    what of it is not there already
 *                                                                 fetch   restic, into a folder of ours beside it
 *                                                                 place   rule by rule into its place
 *
 * Every version of restic can do that, also those that know neither what to do about files that are there, nor a dry run.
 * The folder of ours lies on the file system of the target, is nobody else's to look into, and is gone at the end.
 */
import { rm } from 'node:fs/promises'
import type { RestoreBody, RestoreCounts, RestoredItem, RestoreProgress } from '@holdfast/protocol'
import type { Catalogues } from '../catalogue/catalogues.ts'
import type { CatalogueFile } from '../catalogue/file.ts'
import { snapshotPath } from '../catalogue/paths.ts'
import { entryAt } from '../catalogue/read.ts'
import {
  EngineError,
  type Repository as EngineRepository,
  type Restic,
  type RunHooks,
  restore as resticRestore,
} from '../engine/index.ts'
import { Failure } from '../failure.ts'
import type { Repository } from '../state/repositories.ts'
import { type Batch, Batcher, piecesOf } from './batches.ts'
import { look, sumsOf } from './look.ts'
import { type MadeFolder, place, settleFolders } from './place.ts'
import { RestoreReport } from './report.ts'
import { SafeFolder } from './safe-folder.ts'
import { type Allow, anchorsFor, makeAnchor } from './target.ts'

export type RestoreWork = {
  readonly restic: Restic
  readonly opened: EngineRepository
  readonly repository: Repository
  readonly catalogues: Catalogues
  readonly wanted: Omit<RestoreBody, 'kind' | 'repositoryId'>
  /** Throws when a target may not be: it is asked with the real place. */
  readonly allow: Allow
  /** Waits until the repository may be read, and says when it is not read any more (runs/turns.ts). */
  readonly turn?: (signal: AbortSignal) => Promise<() => void>
  /** Names the folder of ours, so that what is left of it after a death is found again. */
  readonly id: string
  readonly hooks: RestoreWorkHooks
}

export type RestoreWorkHooks = Omit<RunHooks, 'signal'> & {
  readonly signal: AbortSignal
  readonly onProgress?: (progress: Omit<RestoreProgress, 'restoreId'>) => void
  /** A folder of ours is about to be made there: journal it before you return. */
  readonly onStaging?: (folder: string) => void
}

export type Restored = {
  readonly counts: RestoreCounts
  readonly items: RestoredItem[]
}

/** Complaints about so many files are told apart; more of them, and a whole batch counts as broken. */
const BROKEN_MAX = 10_000
export const STAGING_PREFIX = '.holdfast-restore-'

/** @throws EngineError and Failure. What could not be restored of it stands in the report, and is no failure. */
export async function restoreFiles(work: RestoreWork): Promise<Restored> {
  const { wanted, repository, catalogues, hooks } = work
  const { signal } = hooks
  const report = new RestoreReport()
  const tell = (phase: RestoreProgress['phase'], bytesDone: number, currentFile: string) => {
    const { files, bytes } = report.counts
    const filesDone = Math.min(report.filesDone, files)
    hooks.onProgress?.({ phase, filesDone, filesTotal: files, bytesDone, bytesTotal: bytes, currentFile })
  }
  const snapshot = await untilAborted(catalogues.read(repository, wanted.snapshotId), signal)
  const catalogue = catalogues.of(repository)
  const paths = withoutNested(wanted.paths.map(snapshotPath))
  for (const path of paths) {
    const entry = entryAt(catalogue, snapshot.root, path)
    if (entry === null) throw new Failure({ code: 'not_in_snapshot', detail: path })
    report.chosen(sumsOf(entry))
  }
  const anchors = await anchorsFor(paths, wanted.target, snapshot.paths.map(snapshotPath), work.allow)
  tell('reading', 0, '')

  const batcher = new Batcher()
  const made: MadeFolder[] = []
  let bytesDone = 0
  const run = async (batch: Batch | null) => {
    if (batch === null) return
    tell('fetching', bytesDone, batch.pieces[0]?.path ?? '')
    await runBatch(work, batch, {
      catalogue,
      root: snapshot.root,
      takenAtMs: snapshot.takenAtMs,
      report,
      made,
    })
    for (const { entry } of batch.pieces) bytesDone += entry.sizeBytes ?? 0
    tell('placing', bytesDone, batch.pieces.at(-1)?.path ?? '')
  }
  for (const piece of piecesOf(catalogue, snapshot.root, anchors)) {
    signal.throwIfAborted()
    const looked = new RestoreReport()
    const isNeeded = await look(piece, { catalogue, conflict: wanted.conflict, report: looked, signal })
    if (isNeeded && !wanted.dryRun) {
      await run(batcher.add(piece))
      continue
    }
    report.include(looked)
    bytesDone += piece.entry.sizeBytes ?? 0
    tell('reading', bytesDone, piece.path)
  }
  await run(batcher.end())
  await settleFolders(made)
  return { counts: report.counts, items: report.items }
}

type Taking = {
  readonly catalogue: CatalogueFile
  readonly root: number
  readonly takenAtMs: number
  readonly report: RestoreReport
  readonly made: MadeFolder[]
}

async function runBatch(work: RestoreWork, batch: Batch, taking: Taking): Promise<void> {
  const { wanted, id, hooks } = work
  await makeAnchor(batch.anchor)
  const anchor = await SafeFolder.open(batch.anchor.folder)
  const name = STAGING_PREFIX + id
  hooks.onStaging?.(anchor.shownAt(name))
  try {
    await rm(anchor.at(name), { recursive: true, force: true })
    const staging = await anchor.make(name)
    try {
      const release = await work.turn?.(hooks.signal)
      const broken = await fetch(work, batch, staging).finally(release)
      const placing = {
        ...{ conflict: wanted.conflict, report: taking.report, signal: hooks.signal, broken },
        made: taking.made,
        addition: momentOf(taking.takenAtMs),
        sumsAt: (path: string) => {
          const entry = entryAt(taking.catalogue, taking.root, path)
          return entry === null ? { files: 1, bytes: 0 } : sumsOf(entry)
        },
      }
      for (const piece of batch.pieces) await place(staging.forOthers, piece, placing)
    } finally {
      await staging.close()
      await rm(anchor.at(name), { recursive: true, force: true })
    }
  } finally {
    await anchor.close()
  }
}

/** Returns the paths that did not come whole. */
async function fetch(
  work: RestoreWork,
  { pieces, anchor }: Batch,
  staging: SafeFolder,
): Promise<Set<string>> {
  const { restic, opened, repository, wanted, hooks } = work
  const broken = new Set<string>()
  const { errorCount } = await resticRestore(
    restic,
    opened,
    {
      snapshotId: wanted.snapshotId,
      target: staging.forOthers,
      paths: pieces.map(({ path }) => path),
      noLock: repository.isReadOnly,
    },
    {
      ...hooks,
      // `PATH: what is wrong`; a path may have such a colon in it, so all that it may be count.
      onItemError: (text) => {
        for (let at = text.indexOf(': '); at !== -1; at = text.indexOf(': ', at + 1))
          if (broken.size <= BROKEN_MAX) broken.add(text.slice(0, at))
      },
    },
  ).catch((error: unknown) => {
    const isFull = error instanceof EngineError && error.code === 'disk_full'
    throw isFull ? new EngineError('disk_full', anchor.folder) : error
  })
  if (errorCount > BROKEN_MAX || broken.size > BROKEN_MAX)
    throw new EngineError('repository_damaged', `${errorCount} files could not be read`)
  return broken
}

/** What lies below another chosen folder is restored with it. */
function withoutNested(paths: readonly string[]): string[] {
  const all = [...new Set(paths)]
  const isBelow = (path: string, folder: string) =>
    path !== folder && path.startsWith(folder === '/' ? '/' : `${folder}/`)
  return all.filter((path) => !all.some((other) => isBelow(path, other)))
}

/** As people and every file system can read it. */
function momentOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ').replace(':', '.')
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(new EngineError('run_cancelled', 'It was cancelled by the agent.'))
  signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
