/**
 * Puts what was fetched into its place. It lies in a folder of ours on the same file system, complete with rights, owner
 * and times, so a file comes into its place in one step, whole or not at all; and a folder that is not there yet as well.
 *
 *   nothing there      ──► moved
 *   a folder on both   ──► what is in it, one by one; nothing is ever removed from it
 *   the same file      ──► nothing
 *   something else     ──► by the rule: left, replaced, or the restored one beside it under another name
 */
import type { Stats } from 'node:fs'
import {
  chmod,
  copyFile,
  lchown,
  lstat,
  lutimes,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
} from 'node:fs/promises'
import { join } from 'node:path'
import type { ConflictRule } from '@holdfast/protocol'
import { v7 as uuidv7 } from 'uuid'
import { systemCode } from '../engine/errors.ts'
import { Failure } from '../failure.ts'
import type { Piece } from './batches.ts'
import { isSameTime } from './look.ts'
import type { RestoreReport, Sums } from './report.ts'
import { type FolderRights, type Name, SafeFolder } from './safe-folder.ts'
import { type Anchor, namesBelow } from './target.ts'

export type Placing = {
  readonly conflict: ConflictRule
  readonly report: RestoreReport
  readonly signal: AbortSignal
  /** Goes between name and ending of a file that is put beside another one. */
  readonly addition: string
  /** Paths in the snapshot that could not be fetched whole. */
  readonly broken: ReadonlySet<string>
  /** Folders that were made on the way to what was chosen, outermost first. */
  readonly made: MadeFolder[]
  /** What the catalogue knows of a path of the snapshot. */
  readonly sumsAt: (path: string) => Sums
}

/** By its names below the anchor. */
export type MadeFolder = {
  readonly anchor: Anchor
  readonly names: readonly string[]
  readonly rights: FolderRights
}

/** What was put into a folder changed its time: once everything is in place, each gets its own again. */
export async function settleFolders(made: readonly MadeFolder[]): Promise<void> {
  for (const { anchor, names, rights } of made.toReversed()) {
    let folder: SafeFolder | null = await SafeFolder.open(anchor.folder)
    for (const name of names) {
      const above: SafeFolder | null = folder
      folder = (await above?.child(name).finally(() => above?.close())) ?? null
    }
    await folder?.setRights(rights).finally(() => folder?.close())
  }
}

/** @param staged where the top of the snapshot lies; nobody else can change anything there */
export async function place(staged: string, piece: Piece, placing: Placing): Promise<void> {
  const { path, anchor } = piece
  const names = namesBelow(anchor, path)
  const name = names.pop()
  if (name === undefined) throw new Failure({ code: 'target_unsafe', detail: path })
  let from = join(staged, anchor.path)
  let folder = await SafeFolder.open(anchor.folder)
  try {
    for (const [index, step] of names.entries()) {
      from = join(from, step)
      const rights = await lstatOrNull(from)
      // Not even its folder could be fetched.
      if (rights === null) return placing.report.did('failed', folder.shownAt(step), placing.sumsAt(path))
      const before = folder
      folder = await childOrNew(folder, step, rights, () =>
        placing.made.push({ anchor, names: names.slice(0, index + 1), rights }),
      )
      await before.close()
    }
    await placeEntry({ from: Buffer.from(join(from, name)), name: Buffer.from(name), path }, folder, placing)
  } finally {
    await folder.close()
  }
}

/** Something that was fetched: where it lies, what it is called, and its path in the snapshot. */
type Staged = { readonly from: Buffer; readonly name: Buffer; readonly path: string }

async function childOrNew(
  folder: SafeFolder,
  name: string,
  rights: Stats,
  onMade: () => void,
): Promise<SafeFolder> {
  const there = await folder.child(name)
  if (there !== null) return there
  const made = await folder.make(name)
  try {
    await made.setRights(rights)
    onMade()
    return made
  } catch (error) {
    await made.close()
    throw error
  }
}

async function placeEntry(staged: Staged, into: SafeFolder, placing: Placing): Promise<void> {
  const { report, signal, sumsAt } = placing
  signal.throwIfAborted()
  const { name, path } = staged
  try {
    const fetched = await lstatOrNull(staged.from)
    if (fetched === null || (placing.broken.has(path) && !fetched.isDirectory()))
      report.did('failed', into.shownAt(name), sumsAt(path))
    else await placeFetched(staged, fetched, into, placing)
  } catch (error) {
    if (signal.aborted || systemCode(error) === 'ENOSPC') throw error
    report.did('failed', into.shownAt(name), sumsAt(path))
  }
}

async function placeFetched(
  staged: Staged,
  fetched: Stats,
  into: SafeFolder,
  placing: Placing,
): Promise<void> {
  const { name, from } = staged
  const there = await lstatOrNull(into.at(name))
  if (there === null) return create(staged, fetched, into, placing)
  if (fetched.isDirectory() && there.isDirectory()) {
    const folder = await into.child(name)
    if (folder === null) return create(staged, fetched, into, placing)
    try {
      await placeAll(staged, folder, placing)
      if (placing.conflict === 'replace') await folder.setRights(fetched)
    } finally {
      await folder.close()
    }
    return
  }
  if (await isSame(from, fetched, into.at(name), there)) placing.report.same(1)
  else await settle(staged, fetched, there, into, placing)
}

/** Something else is there. */
async function settle(
  staged: Staged,
  fetched: Stats,
  there: Stats,
  into: SafeFolder,
  placing: Placing,
): Promise<void> {
  const { report, conflict, addition } = placing
  const { name, path } = staged
  const sums = placing.sumsAt(path)
  if (conflict === 'keepExisting') return report.did('kept', into.shownAt(name), sums)
  if (conflict === 'replace') {
    // A folder may hold what no snapshot does: it is never taken away for a file.
    if (there.isDirectory()) return report.did('failed', into.shownAt(name), sums)
    if (fetched.isDirectory()) await unlink(into.at(name))
    if (await move(staged, fetched, into, name, placing)) report.did('replaced', into.shownAt(name), sums)
    return
  }
  for (let copy = 1; ; copy += 1) {
    const other = besides(name, copy === 1 ? addition : `${addition} ${copy}`)
    const taken = await lstatOrNull(into.at(other))
    if (taken === null) {
      if (await move(staged, fetched, into, other, placing)) report.did('keptBoth', into.shownAt(other), sums)
      return
    }
    // From an earlier restore of the same.
    if (await isSame(staged.from, fetched, into.at(other), taken)) return report.same(sums.files)
  }
}

async function create(staged: Staged, fetched: Stats, into: SafeFolder, placing: Placing): Promise<void> {
  const { name, path } = staged
  // A folder with something broken in it cannot go as a whole.
  if (fetched.isDirectory() && placing.broken.size > 0) return rebuild(staged, fetched, into, placing)
  const wasMoved = await move(staged, fetched, into, name, placing)
  if (wasMoved) placing.report.did('created', into.shownAt(name), placing.sumsAt(path))
}

async function rebuild(staged: Staged, fetched: Stats, into: SafeFolder, placing: Placing): Promise<void> {
  const folder = await into.make(staged.name)
  try {
    await placeAll(staged, folder, placing)
    await folder.setRights(fetched)
  } finally {
    await folder.close()
  }
}

async function placeAll({ from, path }: Staged, into: SafeFolder, placing: Placing): Promise<void> {
  for (const name of await readdir(from, { encoding: 'buffer' })) {
    const below = { from: Buffer.concat([from, Buffer.from('/'), name]), name, path: `${path}/${name}` }
    await placeEntry(below, into, placing)
  }
}

/** False: it was a folder on another disk, whose files were put into place one by one, and are in the report. */
async function move(
  staged: Staged,
  fetched: Stats,
  into: SafeFolder,
  name: Name,
  placing: Placing,
): Promise<boolean> {
  try {
    await rename(staged.from, into.at(name))
    return true
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw error
  }
  if (fetched.isDirectory()) {
    await rebuild({ ...staged, name: Buffer.from(name) }, fetched, into, placing)
    return false
  }
  const beside = into.at(`.holdfast-restore-${uuidv7()}`)
  try {
    await copy(staged.from, fetched, beside)
    await rename(beside, into.at(name))
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
  return true
}

/** Pipes and devices are not carried to another disk. */
async function copy(from: Buffer, fetched: Stats, to: Name): Promise<void> {
  const isFile = fetched.isFile()
  if (fetched.isSymbolicLink()) await symlink(await readlink(from, { encoding: 'buffer' }), to)
  else if (isFile) await copyFile(from, to)
  else throw new Failure({ code: 'restore_incomplete', detail: String(from) })
  const { mode, uid, gid, atime, mtime } = fetched
  await lchown(to, uid, gid)
  if (isFile) await chmod(to, mode & 0o7777)
  await lutimes(to, atime, mtime)
}

async function isSame(from: Buffer, fetched: Stats, at: Name, there: Stats): Promise<boolean> {
  if (fetched.isSymbolicLink() && there.isSymbolicLink())
    return (await readlink(from, { encoding: 'buffer' })).equals(await readlink(at, { encoding: 'buffer' }))
  return (
    fetched.isFile() &&
    there.isFile() &&
    fetched.size === there.size &&
    isSameTime(fetched.mtimeMs, there.mtimeMs)
  )
}

/** `letter.txt` → `letter (2026-11-21 01.00).txt` */
function besides(name: Buffer, addition: string): Buffer {
  const dot = name.lastIndexOf('.')
  const at = dot > 0 ? dot : name.length
  return Buffer.concat([name.subarray(0, at), Buffer.from(` (${addition})`), name.subarray(at)])
}

async function lstatOrNull(path: Name): Promise<Stats | null> {
  return lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return null
    throw error
  })
}
