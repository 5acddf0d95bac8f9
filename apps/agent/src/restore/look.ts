/**
 * What a restore would do, file by file, without doing it: the catalogue held against the disk. A file of the same size
 * and time counts as the same, as for restic itself. A dry run is this; a real one asks first, so that nothing is fetched
 * that is there already.
 */

import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import type { ConflictRule } from '@holdfast/protocol'
import type { CatalogueFile } from '../catalogue/file.ts'
import { breathe, type Entry, entriesOf } from '../catalogue/read.ts'
import { Failure } from '../failure.ts'
import type { Piece } from './batches.ts'
import { ACTION_OF, type RestoreReport, type Sums } from './report.ts'
import { SafeFolder } from './safe-folder.ts'
import { namesBelow } from './target.ts'

export type Looking = {
  readonly catalogue: CatalogueFile
  readonly conflict: ConflictRule
  readonly report: RestoreReport
  readonly signal: AbortSignal
}

/** Whether something of the piece has to be fetched. What needs not is in the report already; else nothing is. */
export async function look(piece: Piece, looking: Looking): Promise<boolean> {
  const into = await folderOf(piece)
  try {
    return await lookAt(piece.entry, into, looking)
  } finally {
    await into?.close()
  }
}

/** The folder that the piece goes into; null where it is not there yet. */
async function folderOf({ path, anchor }: Piece): Promise<SafeFolder | null> {
  let folder = await SafeFolder.open(anchor.folder).catch((error: unknown) => {
    if (error instanceof Failure) throw error
    return null
  })
  for (const name of namesBelow(anchor, path).slice(0, -1)) {
    const above = folder
    folder = (await above?.child(name).finally(() => above.close())) ?? null
  }
  return folder
}

async function lookAt(entry: Entry, into: SafeFolder | null, looking: Looking): Promise<boolean> {
  const { report, conflict, signal } = looking
  signal.throwIfAborted()
  const shown = into === null ? entry.name : into.shownAt(entry.name)
  const there = into === null ? null : await lstatOrNull(into, entry.name)
  if (there === null) {
    report.did('created', shown, sumsOf(entry))
    return true
  }
  if (entry.child !== null && there.isDirectory()) return lookInto(entry.child, entry, into, looking)
  if (isSame(entry, there)) {
    report.same(sumsOf(entry).files)
    return false
  }
  if (conflict === 'replace' && there.isDirectory()) report.did('failed', shown, sumsOf(entry))
  else report.did(ACTION_OF[conflict], shown, sumsOf(entry))
  return conflict !== 'keepExisting'
}

async function lookInto(
  listing: number,
  { name }: Entry,
  above: SafeFolder | null,
  looking: Looking,
): Promise<boolean> {
  const folder = (await above?.child(name)) ?? null
  let isNeeded = false
  let looked = 0
  try {
    for (const entry of entriesOf(looking.catalogue, listing)) {
      isNeeded = (await lookAt(entry, folder, looking)) || isNeeded
      looked += 1
      if (looked % 100 === 0) await breathe()
    }
  } finally {
    await folder?.close()
  }
  return isNeeded
}

export function sumsOf({ files, sizeBytes }: Entry): Sums {
  return { files, bytes: sizeBytes ?? 0 }
}

function isSame({ kind, sizeBytes, modifiedAtMs }: Entry, there: Stats): boolean {
  if (modifiedAtMs === null || !isSameTime(modifiedAtMs, there.mtimeMs)) return false
  if (kind === 'file') return there.isFile() && there.size === sizeBytes
  return kind === 'link' && there.isSymbolicLink()
}

/** To the millisecond, which some file systems and Node itself round: a time is a fraction of one more or less. */
export function isSameTime(oneMs: number, otherMs: number): boolean {
  return Math.abs(oneMs - otherMs) < 1.5
}

async function lstatOrNull(folder: SafeFolder, name: string): Promise<Stats | null> {
  return lstat(folder.at(name)).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })
}
