/** What a snapshot in the catalogue holds: a folder, page by page; a path; and whatever lies under a listing. */
import { z } from 'zod'
import type { ListedNode } from '../engine/index.ts'
import { type CatalogueFile, FIRST_FILE, KINDS } from './file.ts'

export type Entry = {
  /** Its place in the order of its folder. */
  readonly number: number
  readonly name: string
  readonly kind: ListedNode['kind']
  /** Of a folder: all that lies below it. */
  readonly sizeBytes: number | null
  /** Of a folder: how many files (and links and the like) lie below it; 1 for everything else. */
  readonly files: number
  readonly modifiedAtMs: number | null
  readonly mode: number | null
  /** The listing of a folder; null for everything else. */
  readonly child: number | null
}

const number = z.number().int()
const entryRow = z
  .object({
    number,
    name: z.string(),
    kind: number.transform((index) => KINDS[index] ?? 'other'),
    size: number.nullable(),
    modified_at: number.nullable(),
    mode: number.nullable(),
    child: number.nullable(),
    files: number.nullable(),
    bytes: number.nullable(),
  })
  .transform(({ size, bytes, files, modified_at: modifiedAtMs, ...same }): Entry => {
    const isFolder = same.child !== null
    return {
      ...same,
      modifiedAtMs,
      sizeBytes: isFolder ? bytes : size,
      files: isFolder ? (files ?? 0) : 1,
    }
  })

const ENTRIES = `SELECT number, name, kind, size, modified_at, mode, child, files, bytes
  FROM entry LEFT JOIN listing ON listing.id = child`

/** The entries of a folder after one of them, in order. */
export function entriesAfter(
  catalogue: CatalogueFile,
  listing: number,
  after: number | null,
  most: number,
): Entry[] {
  const sql = `${ENTRIES} WHERE entry.listing = ? AND number > ? ORDER BY number LIMIT ?`
  return catalogue.all(entryRow, sql, listing, after ?? -1, most)
}

/** All of a folder, a bounded number at a time. */
export function* entriesOf(catalogue: CatalogueFile, listing: number, atOnce = 500): Generator<Entry> {
  for (let after: number | null = null; ; ) {
    const some = entriesAfter(catalogue, listing, after, atOnce)
    yield* some
    if (some.length < atOnce) return
    after = some.at(-1)?.number ?? null
  }
}

export function entryCalled(catalogue: CatalogueFile, listing: number, name: string): Entry | null {
  const sql = `${ENTRIES} WHERE entry.listing = ? AND name = ? LIMIT 1`
  return catalogue.get(entryRow, sql, listing, name)
}

/** Folders stand before everything else, so of a folder with a million files only those few are looked at. */
function folderCalled(catalogue: CatalogueFile, listing: number, name: string): Entry | null {
  const sql = `${ENTRIES} WHERE entry.listing = ? AND number < ${FIRST_FILE} AND name = ? LIMIT 1`
  return catalogue.get(entryRow, sql, listing, name)
}

/** The listing of a folder; null when the snapshot has no folder there. */
export function listingAt(catalogue: CatalogueFile, root: number, folder: string): number | null {
  let listing: number | null = root
  for (const name of namesOf(folder)) {
    if (listing === null) return null
    listing = folderCalled(catalogue, listing, name)?.child ?? null
  }
  return listing
}

/** The file or folder at a path; null when the snapshot has none. The top is a folder without a name. */
export function entryAt(catalogue: CatalogueFile, root: number, path: string): Entry | null {
  const names = namesOf(path)
  const name = names.at(-1)
  if (name === undefined) return topEntry(catalogue, root)
  const listing = listingAt(catalogue, root, `/${names.slice(0, -1).join('/')}`)
  return listing === null ? null : entryCalled(catalogue, listing, name)
}

function topEntry(catalogue: CatalogueFile, root: number): Entry | null {
  const sums = z.object({ files: number, bytes: number })
  const found = catalogue.get(sums, 'SELECT files, bytes FROM listing WHERE id = ?', root)
  if (found === null) return null
  const { files, bytes } = found
  const nothing = { number: 0, name: '', modifiedAtMs: null, mode: null }
  return { ...nothing, kind: 'folder', sizeBytes: bytes, files, child: root }
}

export function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '')
}

export function below(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`
}

/** Between two pieces of longer work everything else gets its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
