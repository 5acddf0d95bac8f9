/**
 * What became different from one snapshot to another. Two folders of the same listing are the same all the way down, so
 * only where something changed is looked at. A folder that came or went is one change, with what lies below it as a sum;
 * only who looks for a name is shown what of that name lies in it.
 */
import type { ListedNode } from '../engine/index.ts'
import type { CatalogueFile } from './file.ts'
import { below, breathe, type Entry, entriesOf } from './read.ts'
import { folded } from './search.ts'

export type Change = {
  readonly path: string
  readonly kind: ListedNode['kind']
  readonly change: 'added' | 'removed' | 'changed'
  readonly filesBefore: number
  readonly filesAfter: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly modifiedAtMs: number | null
}

const LOOKED_AT_ONCE = 2_000

export type Wanted = { readonly only?: Change['change'] | undefined; readonly text?: string | undefined }

/** The wanted changes in order, after `skip` of them and no more than `most`. Null: a folder that is not there. */
export async function compare(
  catalogue: CatalogueFile,
  { older, newer, folder }: { older: number | null; newer: number | null; folder: string },
  skip: number,
  most: number,
  { only, text }: Wanted = {},
): Promise<{ changes: Change[]; more: boolean }> {
  const changes: Change[] = []
  let seen = 0
  let looked = 0
  const inPath = folded(text ?? '')
  const isWanted = ({ path, change }: Change) =>
    (only === undefined || change === only) && folded(path).includes(inPath)
  const isOpened = ({ change }: Change) => inPath !== '' && (only === undefined || change === only)
  for (const step of differences(catalogue, { older, newer, folder }, { isWanted, isOpened })) {
    looked += 1
    if (looked % LOOKED_AT_ONCE === 0) await breathe()
    if (step === null) continue
    seen += 1
    if (seen <= skip) continue
    if (changes.length === most) return { changes, more: true }
    changes.push(step)
  }
  return { changes, more: false }
}

type Choice = {
  readonly isWanted: (change: Change) => boolean
  /** Of a folder that came or went, and is not wanted itself: whether something in it may be. */
  readonly isOpened: (change: Change) => boolean
}

/** Null: something was looked at that is the same, or not wanted. */
function* differences(
  catalogue: CatalogueFile,
  { older, newer, folder }: { older: number | null; newer: number | null; folder: string },
  choice: Choice,
): Generator<Change | null> {
  if (older === newer) return
  const folders: { older: number | null; newer: number | null; folder: string }[] = []
  for (const [before, after] of pairs(catalogue, older, newer)) {
    const change = differenceOf(folder, before, after)
    const isWanted = change ? choice.isWanted(change) : false
    if (change !== undefined) yield isWanted ? change : null
    const inside = { older: before?.child ?? null, newer: after?.child ?? null }
    if (inside.older === inside.newer || (change && (isWanted || !choice.isOpened(change)))) continue
    folders.push({ ...inside, folder: below(folder, (after ?? before)?.name ?? '') })
  }
  for (const each of folders) yield* differences(catalogue, each, choice)
}

/** Undefined for a folder that is on both sides: what is in it tells. */
function differenceOf(folder: string, before: Entry | null, after: Entry | null): Change | null | undefined {
  const entry = after ?? before
  if (entry === null) return null
  if (before !== null && after !== null) {
    if (before.child !== null && after.child !== null) return undefined
    const isSame =
      before.kind === after.kind &&
      before.sizeBytes === after.sizeBytes &&
      before.modifiedAtMs === after.modifiedAtMs &&
      before.mode === after.mode
    if (isSame) return null
  }
  return {
    path: below(folder, entry.name),
    kind: entry.kind,
    change: before === null ? 'added' : after === null ? 'removed' : 'changed',
    filesBefore: before?.files ?? 0,
    filesAfter: after?.files ?? 0,
    bytesBefore: before?.sizeBytes ?? 0,
    bytesAfter: after?.sizeBytes ?? 0,
    modifiedAtMs: entry.modifiedAtMs,
  }
}

/** The entries of two folders side by side. Within folders, and within the rest, both are in the same order. */
function* pairs(
  catalogue: CatalogueFile,
  older: number | null,
  newer: number | null,
): Generator<readonly [Entry | null, Entry | null]> {
  const olders = older === null ? [].values() : entriesOf(catalogue, older)
  const newers = newer === null ? [].values() : entriesOf(catalogue, newer)
  let before = next(olders)
  let after = next(newers)
  while (before !== null || after !== null) {
    const order = before === null ? 1 : after === null ? -1 : compareEntries(before, after)
    yield [order <= 0 ? before : null, order >= 0 ? after : null]
    if (order <= 0) before = next(olders)
    if (order >= 0) after = next(newers)
  }
}

function next(entries: Iterator<Entry>): Entry | null {
  const { value, done } = entries.next()
  return done === true ? null : value
}

/** As restic sorts: by the bytes of the name. */
function compareEntries(a: Entry, b: Entry): number {
  const [isFolderA, isFolderB] = [a.child !== null, b.child !== null]
  if (isFolderA !== isFolderB) return isFolderA ? -1 : 1
  return a.name === b.name ? 0 : Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))
}
