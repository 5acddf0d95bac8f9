/**
 * Where the files of a snapshot go. Each chosen file or folder is laid out below an anchor: a folder on this machine that
 * stands for a folder of the snapshot. The way to the anchor is trusted, because the site has set it up so; from there on
 * down no link is followed.
 *
 *   original   the anchor is the source of the backup that holds it (`/srv/data`)
 *   folder     the anchor is that folder, and stands for what all that was chosen has in common
 */
import { chmod, lstat, mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import type { RestoreBody } from '@holdfast/protocol'
import { diskPath } from '../catalogue/paths.ts'
import { namesOf } from '../catalogue/read.ts'
import { systemCode } from '../engine/errors.ts'
import { Failure } from '../failure.ts'
import { leadsElsewhere } from '../paths-elsewhere.ts'

export type Anchor = {
  /** On this machine, with every link resolved. */
  readonly folder: string
  /** What of the snapshot it stands for: `/`, or a folder without a slash at its end. */
  readonly path: string
}

export type Allow = (
  request: { kind: 'restoreToOriginal' } | { kind: 'restoreElsewhere'; realPath: string },
) => void

/** The anchor of each chosen path. Fails with why it may not be, or cannot be. Nothing is made by this. */
export async function anchorsFor(
  chosen: readonly string[],
  target: RestoreBody['target'],
  sources: readonly string[],
  allow: Allow,
): Promise<Map<string, Anchor>> {
  const anchors = new Map<string, Anchor>()
  if (target.kind === 'original') {
    allow({ kind: 'restoreToOriginal' })
    for (const path of chosen) anchors.set(path, await sourceOf(path, sources))
    return anchors
  }
  if (!isAbsolute(target.folder) || target.folder.includes('\0') || leadsElsewhere(target.folder))
    throw new Failure({ code: 'folder_missing', detail: `${target.folder} is not a whole path` })
  const folder = await nearestReal(resolve(target.folder))
  allow({ kind: 'restoreElsewhere', realPath: folder })
  const path = commonFolder(chosen)
  for (const one of chosen) anchors.set(one, { folder, path })
  return anchors
}

/** Makes the anchor's folder if it is not there yet. A restore that only looks does not. */
export async function makeAnchor({ folder }: Anchor): Promise<void> {
  const missing: string[] = []
  for (let path = folder; !(await isThere(path)); path = dirname(path)) missing.push(path)
  for (const path of missing.reverse()) {
    await mkdir(path)
    // Like any folder that somebody makes: what lies in it has rights of its own.
    await chmod(path, 0o755)
  }
}

/** The deepest folder that holds all of them. */
export function commonFolder(paths: readonly string[]): string {
  const parents = paths.map((path) => namesOf(path).slice(0, -1))
  const [first = [], ...others] = parents
  const differs = first.findIndex((name, index) => others.some((other) => other[index] !== name))
  return `/${first.slice(0, differs === -1 ? first.length : differs).join('/')}`
}

/** Names below the anchor that lead to it. */
export function namesBelow(anchor: Anchor, path: string): string[] {
  return namesOf(path).slice(namesOf(anchor.path).length)
}

/** What was backed up as a folder and is a link now leads somewhere that nobody has chosen. */
async function sourceOf(path: string, sources: readonly string[]): Promise<Anchor> {
  const source = sources
    .filter((one) => one === '/' || path === one || path.startsWith(`${one}/`))
    .sort((a, b) => b.length - a.length)[0]
  if (source === undefined || source === path) {
    const above = `/${namesOf(path).slice(0, -1).join('/')}`
    return { folder: await nearestReal(diskPath(above)), path: above }
  }
  const anchorPath = source === '/' ? '/' : source.replace(/\/$/, '')
  const onDisk = diskPath(anchorPath)
  const parent = dirname(onDisk)
  if (parent === onDisk) return { folder: await realpath(onDisk), path: anchorPath }
  const folder = join(await nearestReal(parent), basename(onDisk))
  const found = await lstat(folder).catch(() => null)
  if (found !== null && !found.isDirectory()) throw new Failure({ code: 'target_unsafe', detail: onDisk })
  return { folder, path: anchorPath }
}

/** With every link resolved, as far as it is there. */
async function nearestReal(path: string): Promise<string> {
  const parent = dirname(path)
  if (parent === path) return path
  try {
    return await realpath(path)
  } catch (error) {
    // A link that leads to nothing is there all the same: what would be made behind it is somewhere else.
    if (systemCode(error) !== 'ENOENT' || (await isThere(path)))
      throw new Failure({ code: 'target_unsafe', detail: path })
    return join(await nearestReal(parent), basename(path))
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
