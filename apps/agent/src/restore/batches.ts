/**
 * Cuts what was chosen into batches that are fetched and put into place one after the other. What is in place is done:
 * a restore that is cut loses no more than its batch, a disk needs no more room than one, and the repository is free for
 * others in between.
 */
import type { CatalogueFile } from '../catalogue/file.ts'
import { below, type Entry, entriesAfter, entryAt } from '../catalogue/read.ts'
import { Failure } from '../failure.ts'
import type { Anchor } from './target.ts'

/** A file or folder that is fetched whole. */
export type Piece = { readonly path: string; readonly entry: Entry; readonly anchor: Anchor }
export type Batch = { readonly anchor: Anchor; readonly pieces: readonly Piece[] }

const BATCH_BYTES_MAX = 512 * 1024 * 1024
/** Each is a pattern that restic compares every path with, and a word of its command line. */
const BATCH_PIECES_MAX = 200
const BATCH_CHARS_MAX = 128 * 1024
/** A folder with more in it is fetched whole, however big it is. */
const CUT_ENTRIES_MAX = 1_000

export function* piecesOf(
  catalogue: CatalogueFile,
  root: number,
  chosen: ReadonlyMap<string, Anchor>,
  bytesMax = BATCH_BYTES_MAX,
): Generator<Piece> {
  for (const [path, anchor] of chosen) {
    const entry = entryAt(catalogue, root, path)
    if (entry === null) throw new Failure({ code: 'not_in_snapshot', detail: path })
    yield* cut(catalogue, { path, entry, anchor }, bytesMax)
  }
}

function* cut(catalogue: CatalogueFile, piece: Piece, bytesMax: number): Generator<Piece> {
  const { path, entry, anchor } = piece
  const { child } = entry
  // Below an anchor: it is there, or is made, and is not itself what is put into place.
  const isAnchor = path === anchor.path
  if (child === null || (!isAnchor && (entry.sizeBytes ?? 0) <= bytesMax)) return yield piece
  const entries = entriesAfter(catalogue, child, null, CUT_ENTRIES_MAX + 1)
  const isCut = isAnchor || (entries.length > 0 && entries.length <= CUT_ENTRIES_MAX)
  if (!isCut) return yield piece
  for (let some = entries; some.length > 0; ) {
    for (const one of some)
      yield* cut(catalogue, { path: below(path, one.name), entry: one, anchor }, bytesMax)
    const last = some.at(-1)
    some = last === undefined ? [] : entriesAfter(catalogue, child, last.number, CUT_ENTRIES_MAX + 1)
  }
}

/** Puts pieces together to batches, in their order. */
export class Batcher {
  #pieces: Piece[] = []
  #bytes = 0
  #chars = 0

  /** A batch that is full, if this piece does not go into it any more. */
  add(piece: Piece): Batch | null {
    const bytes = piece.entry.sizeBytes ?? 0
    const isFull =
      this.#pieces.length >= BATCH_PIECES_MAX ||
      this.#bytes + bytes > BATCH_BYTES_MAX ||
      this.#chars + piece.path.length > BATCH_CHARS_MAX ||
      this.#pieces[0]?.anchor.folder !== piece.anchor.folder
    const full = isFull ? this.end() : null
    this.#pieces.push(piece)
    this.#bytes += bytes
    this.#chars += piece.path.length
    return full
  }

  end(): Batch | null {
    const [first] = this.#pieces
    const batch = first === undefined ? null : { anchor: first.anchor, pieces: this.#pieces }
    this.#pieces = []
    this.#bytes = 0
    this.#chars = 0
    return batch
  }
}
