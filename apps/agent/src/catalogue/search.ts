/**
 * Names in all snapshots of a repository that are in the catalogue. Each listing is looked through once, in how many
 * snapshots it may stand; from what is found the ways lead up, from folder to folder, to the snapshots that hold it.
 */
import { z } from 'zod'
import type { ListedNode } from '../engine/index.ts'
import { type CatalogueFile, KINDS, type KnownSnapshot } from './file.ts'
import { below, breathe, entryAt } from './read.ts'

export type Sighting = { readonly id: string; readonly takenAtMs: number }

export type Found = {
  readonly path: string
  readonly kind: ListedNode['kind']
  readonly first: Sighting
  readonly last: Sighting
  readonly versions: number
  readonly sizeBytes: number | null
  readonly modifiedAtMs: number | null
}

export type Version = Omit<Found, 'path' | 'versions'>

/** More than that no person looks through. */
export const FOUND_MAX = 2_000
const ROWS_AT_ONCE = 20_000

const number = z.number().int()
const placeRow = z.object({ listing: number, number })
const hitRow = z.object({
  listing: number,
  number,
  name: z.string(),
  kind: number.transform((index) => KINDS[index] ?? 'other'),
  size: number.nullable(),
  modified_at: number.nullable(),
  child: number.nullable(),
})
type Hit = z.output<typeof hitRow>

/** By path. `tooMany`: it stopped before the end. */
export async function search(
  catalogue: CatalogueFile,
  text: string,
): Promise<{ found: Found[]; tooMany: boolean }> {
  const wanted = folded(text)
  const ways = new Ways(catalogue)
  const byPath = new Map<string, { hit: Hit; in: readonly number[] }[]>()
  for await (const hits of scan(catalogue, patternFor(text))) {
    for (const hit of hits) {
      if (!folded(hit.name).includes(wanted)) continue
      for (const [folder, seenIn] of ways.to(hit.listing)) {
        const path = below(folder, hit.name)
        const known = byPath.get(path) ?? []
        known.push({ hit, in: seenIn })
        byPath.set(path, known)
      }
      if (byPath.size > FOUND_MAX) return { found: toFound(byPath, ways).slice(0, FOUND_MAX), tooMany: true }
    }
  }
  return { found: toFound(byPath, ways), tooMany: false }
}

/** The versions of a file, newest first. */
export async function versionsOf(catalogue: CatalogueFile, path: string): Promise<Version[]> {
  const versions: Version[] = []
  let steps = 0
  for (const { root, id, takenAtMs } of inOrderOfTime(catalogue)) {
    steps += 1
    if (steps % 50 === 0) await breathe()
    const entry = root === null ? null : entryAt(catalogue, root, path)
    if (entry === null) continue
    const { kind, sizeBytes, modifiedAtMs } = entry
    const last = { id, takenAtMs }
    const before = versions.at(-1)
    const isSame = before?.sizeBytes === sizeBytes && before.modifiedAtMs === modifiedAtMs
    if (before && isSame) versions[versions.length - 1] = { ...before, last }
    else versions.push({ kind, sizeBytes, modifiedAtMs, first: last, last })
  }
  return versions.reverse()
}

function inOrderOfTime(catalogue: CatalogueFile): KnownSnapshot[] {
  return catalogue
    .snapshots()
    .filter(({ root }) => root !== null)
    .reverse()
}

// ── Looking through ──────────────────────────────────────────────────────────────────────────────────────────────

/** SQLite knows the cases of ASCII only: for every other letter anything may stand, and we look again ourselves. */
function patternFor(text: string): string {
  const pattern = text
    .normalize('NFC')
    .replace(/[\\%_]/g, '\\$&')
    .replace(/[^\x20-\x7e]+/g, '%')
  return `%${pattern}%`
}

/** Whatever its case, and however its accents are written. */
export function folded(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

async function* scan(catalogue: CatalogueFile, pattern: string): AsyncGenerator<Hit[]> {
  const step = `SELECT listing, number FROM entry WHERE (listing, number) > (?, ?)
    ORDER BY listing, number LIMIT 1 OFFSET ${ROWS_AT_ONCE - 1}`
  const hits = `SELECT listing, number, name, kind, size, modified_at, child FROM entry
    WHERE (listing, number) > (?, ?) AND (listing, number) <= (?, ?) AND name LIKE ? ESCAPE '\\'`
  let from = { listing: -1, number: -1 }
  for (;;) {
    const upTo = catalogue.get(placeRow, step, from.listing, from.number)
    const to = upTo ?? { listing: Number.MAX_SAFE_INTEGER, number: 0 }
    yield catalogue.all(hitRow, hits, from.listing, from.number, to.listing, to.number, pattern)
    if (upTo === null) return
    from = upTo
    await breathe()
  }
}

// ── The ways up ──────────────────────────────────────────────────────────────────────────────────────────────────

const parentRow = z.object({ listing: number, name: z.string() })

/** From a listing to the snapshots that hold it: under which path, and in which of them (by their order in time). */
class Ways {
  readonly snapshots: readonly KnownSnapshot[]
  readonly #catalogue: CatalogueFile
  readonly #known = new Map<number, ReadonlyMap<string, readonly number[]>>()

  constructor(catalogue: CatalogueFile) {
    this.#catalogue = catalogue
    this.snapshots = inOrderOfTime(catalogue)
    for (const [index, { root }] of this.snapshots.entries()) {
      if (root === null) continue
      const seenIn = this.#known.get(root)?.get('/') ?? []
      this.#known.set(root, new Map([['/', [...seenIn, index]]]))
    }
  }

  to(listing: number): ReadonlyMap<string, readonly number[]> {
    const known = this.#known.get(listing)
    if (known !== undefined) return known
    const ways = new Map<string, readonly number[]>()
    // While it is being found out, nothing leads through it: a folder lies in no folder below itself.
    this.#known.set(listing, ways)
    const parents = this.#catalogue.all(parentRow, 'SELECT listing, name FROM entry WHERE child = ?', listing)
    for (const parent of parents) {
      for (const [folder, seenIn] of this.to(parent.listing)) {
        const path = below(folder, parent.name)
        ways.set(path, [...(ways.get(path) ?? []), ...seenIn])
      }
    }
    return ways
  }
}

function toFound(
  byPath: ReadonlyMap<string, { hit: Hit; in: readonly number[] }[]>,
  { snapshots }: Ways,
): Found[] {
  const found: Found[] = []
  for (const [path, sightings] of byPath) {
    const [newest] = sightings.toSorted((a, b) => Math.max(...b.in) - Math.max(...a.in))
    const all = sightings.flatMap((sighting) => sighting.in)
    const [first, last] = [snapshots[Math.min(...all)], snapshots[Math.max(...all)]]
    // A listing that no snapshot holds any more, and that was not swept away yet.
    if (newest === undefined || first === undefined || last === undefined) continue
    const { kind, size, modified_at: modifiedAtMs, child } = newest.hit
    const versions = new Set(
      sightings.map(({ hit }) => (hit.child === null ? `${hit.size} ${hit.modified_at}` : 'folder')),
    )
    found.push({
      ...{ path, kind, modifiedAtMs },
      first: { id: first.id, takenAtMs: first.takenAtMs },
      last: { id: last.id, takenAtMs: last.takenAtMs },
      versions: versions.size,
      sizeBytes: child === null ? size : null,
    })
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}
