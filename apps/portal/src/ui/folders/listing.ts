import type { Problem } from '../feedback/problem.ts'
import type { Checked } from '../forms/checkbox.tsx'
import { checkedState } from './selection.ts'

/** One item of a folder, as the agent answers it (packages/protocol/src/messages.ts, `browseEntry`). */
export type Entry = {
  name: string
  path: string
  kind: 'folder' | 'file' | 'link' | 'other'
  sizeBytes: number | null
}

/** What is known of one folder's content. A folder without a listing has not been asked for. */
export type Listing =
  | { state: 'loading'; entries: readonly Entry[] }
  /** `more`: the agent has further items after the last. */
  | { state: 'ready'; entries: readonly Entry[]; more: boolean }
  | { state: 'failed'; entries: readonly Entry[]; problem: Problem }

/** The key of the listing of the roots: `/`, or the drives. */
export const rootsKey = ''

export type Listings = ReadonlyMap<string, Listing>

export type FolderRow =
  | { kind: 'entry'; key: string; level: number; entry: Entry; open: boolean | undefined; checked: Checked }
  /** What stands below the items: still loading, more to fetch, nothing in it, or why there is no answer. */
  | { kind: 'note'; key: string; level: number; folder: string; note: 'loading' | 'more' | 'empty' | Problem }

/** The rows to draw, from the top. */
export function folderRows(
  listings: Listings,
  open: ReadonlySet<string>,
  chosen: readonly string[],
): FolderRow[] {
  const rows: FolderRow[] = []
  const add = (folder: string, level: number) => {
    const listing = listings.get(folder)
    for (const entry of listing?.entries ?? []) {
      const isOpen = entry.kind === 'folder' ? open.has(entry.path) : undefined
      const checked = checkedState(entry.path, chosen)
      rows.push({ kind: 'entry', key: entry.path, level, entry, open: isOpen, checked })
      if (isOpen) add(entry.path, level + 1)
    }
    const note = noteOf(listing)
    if (note) rows.push({ kind: 'note', key: `${folder} note`, level, folder, note })
  }
  add(rootsKey, 1)
  return rows
}

function noteOf(listing: Listing | undefined): 'loading' | 'more' | 'empty' | Problem | undefined {
  if (listing === undefined || listing.state === 'loading') return 'loading'
  if (listing.state === 'failed') return listing.problem
  if (listing.more) return 'more'
  return listing.entries.length === 0 ? 'empty' : undefined
}

/** The paths in a folder once all of them are known: what `unchoose` asks for. */
export function knownChildren(listings: Listings, folder: string): readonly string[] | undefined {
  const listing = listings.get(folder)
  return listing?.state === 'ready' && !listing.more ? listing.entries.map((entry) => entry.path) : undefined
}
