/**
 * Answers what portals ask of snapshots, from the catalogue. What a portal may not list on this machine it does not see
 * in a snapshot of it either; of the folders on the way to what it may see, it sees the names.
 */
import {
  type AnswerTo,
  LIMITS,
  type Query,
  type QueryAnswer,
  type QueryKind,
  type QueryOf,
  SNAPSHOT_PAGE_MAX,
} from '@holdfast/protocol'
import type { Catalogues } from '../catalogue/catalogues.ts'
import { compare } from '../catalogue/compare.ts'
import type { KnownSnapshot } from '../catalogue/file.ts'
import { diskPath, snapshotPath } from '../catalogue/paths.ts'
import { below, type Entry, entriesAfter, listingAt } from '../catalogue/read.ts'
import { type Sighting, search, versionsOf } from '../catalogue/search.ts'
import { Failure } from '../failure.ts'
import { decide, type Policy } from '../policy.ts'
import { refusalOf } from '../runs/result.ts'
import { tagsOf } from '../runs/tidy.ts'
import type { Repository } from '../state/repositories.ts'

export type SnapshotQuery = Exclude<Query, { kind: 'browse' | 'sshKeys' }>
type Asked<K extends QueryKind> = {
  readonly query: QueryOf<K>
  readonly repository: Repository
  readonly catalogues: Catalogues
  readonly policy: Policy
}

/** A list of snapshots that is younger is not asked for again. */
const FRESH_MS = 15_000
/** So long somebody waits for a repository that is slow; then the list of before is what there is. */
const REFRESH_MS_MAX = 8_000
const PAGE_BYTES_MAX = LIMITS.messageBytesMax / 2
const PATHS_SHOWN_MAX = 20

/** Never fails: what goes wrong is an answer. */
export async function answerAboutSnapshots(
  asked: Omit<Asked<SnapshotQuery['kind']>, 'query'> & { query: SnapshotQuery },
): Promise<QueryAnswer> {
  try {
    return { outcome: 'answered', answer: await answer(asked) }
  } catch (error) {
    const { code, detail = '' } = refusalOf(error)
    return { outcome: 'refused', code, detail }
  }
}

function answer(asked: Parameters<typeof answerAboutSnapshots>[0]): Promise<AnswerTo<SnapshotQuery['kind']>> {
  const { query, ...same } = asked
  switch (query.kind) {
    case 'snapshots':
      return list({ ...same, query })
    case 'snapshotFolder':
      return folder({ ...same, query })
    case 'snapshotSearch':
      return find({ ...same, query })
    case 'snapshotCompare':
      return differences({ ...same, query })
    case 'fileVersions':
      return versions({ ...same, query })
  }
}

async function list({ query, repository, catalogues }: Asked<'snapshots'>): Promise<AnswerTo<'snapshots'>> {
  const stale = await refreshed(catalogues, repository)
  const asOfMs = catalogues.listedAtMs(repository)
  const tag = query.planId ? tagsOf(query.planId)[1] : undefined
  const all = catalogues
    .of(repository)
    .snapshots()
    .filter(({ tags }) => tag === undefined || tags.includes(tag))
  if (asOfMs === null && all.length === 0 && stale !== null) throw stale
  const from = positionIn(query.after)
  const fitting = page(all.slice(from, from + SNAPSHOT_PAGE_MAX).map(toSnapshotEntry))
  const end = from + fitting.length
  const { code, detail = '' } = stale === null ? { code: null } : refusalOf(stale)
  return {
    kind: 'snapshots',
    asOf: iso(asOfMs ?? 0) ?? new Date(0).toISOString(),
    ...{ code, detail, snapshots: fitting },
    next: end < all.length ? String(end) : null,
  }
}

/** Why the list could not be asked for anew; null when it was, or need not be. */
async function refreshed(catalogues: Catalogues, repository: Repository): Promise<unknown> {
  if (catalogues.isListedWithin(repository, FRESH_MS)) return null
  return inPatience(catalogues.refresh(repository))
}

async function inPatience(refresh: Promise<void>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise((resolve) => {
    timer = setTimeout(() => resolve(new Failure({ code: 'no_answer' })), REFRESH_MS_MAX)
  })
  const refreshing = refresh.then(
    () => null,
    (error: unknown) => error,
  )
  return Promise.race([refreshing, patience]).finally(() => clearTimeout(timer))
}

function toSnapshotEntry(snapshot: KnownSnapshot): AnswerTo<'snapshots'>['snapshots'][number] {
  const { id, takenAtMs, host, paths, tags, files, bytes } = snapshot
  const shown = paths.filter((path) => path.length > 0 && path.length <= 4_096).slice(0, PATHS_SHOWN_MAX)
  const plan = tags.map((tag) => /^plan-([0-9a-f-]{36})$/.exec(tag)?.[1]).find((found) => found !== undefined)
  return {
    id,
    takenAt: iso(takenAtMs) ?? new Date(0).toISOString(),
    host: host.slice(0, 255),
    paths: shown,
    pathsMore: paths.length - shown.length,
    planId: plan ?? null,
    ...{ files, bytes },
  }
}

async function folder(asked: Asked<'snapshotFolder'>): Promise<AnswerTo<'snapshotFolder'>> {
  const { query, repository, catalogues, policy } = asked
  const path = snapshotPath(query.folder)
  const empty = { kind: 'snapshotFolder' as const, folder: path, entries: [], next: null }
  const sight = seen(policy, path)
  if (sight === 'nothing') throw new Failure({ code: 'not_in_snapshot', detail: path })
  await known(catalogues, repository, query.snapshotId)
  const reading = catalogues.look(repository, query.snapshotId)
  if (reading !== null) return { ...empty, reading }
  const file = catalogues.of(repository)
  const root = file.find(query.snapshotId)?.root ?? null
  const listing = root === null ? null : listingAt(file, root, path)
  if (listing === null) throw new Failure({ code: 'not_in_snapshot', detail: path })
  const after = query.after === null ? null : positionIn(query.after)
  const found = entriesAfter(file, listing, after, SNAPSHOT_PAGE_MAX + 1)
  const fitting = page(found.slice(0, SNAPSHOT_PAGE_MAX))
  const entries = fitting.flatMap((entry) => {
    const sightOf = seen(policy, below(path, entry.name))
    if (sightOf === 'nothing') return []
    return [toFolderEntry(sightOf === 'all' ? entry : { ...entry, sizeBytes: null, files: 0 }, sightOf)]
  })
  const last = fitting.at(-1)
  const next = fitting.length < found.length && last !== undefined ? String(last.number) : null
  return { ...empty, reading: null, entries, next }
}

function toFolderEntry(entry: Entry, sight: 'all' | 'name'): AnswerTo<'snapshotFolder'>['entries'][number] {
  const { name, kind, sizeBytes, files, modifiedAtMs, mode, child } = entry
  return {
    ...{ name, kind, sizeBytes, mode },
    files: child === null || sight === 'name' ? null : files,
    modifiedAt: iso(modifiedAtMs),
  }
}

async function find(asked: Asked<'snapshotSearch'>): Promise<AnswerTo<'snapshotSearch'>> {
  const { query, repository, catalogues, policy } = asked
  const stale = await refreshed(catalogues, repository)
  const file = catalogues.of(repository)
  const all = file.snapshots()
  if (all.length === 0 && stale !== null) throw stale
  catalogues.readAll(repository)
  const { found, tooMany } = await search(file, query.text)
  const visible = found.filter(({ path }) => seen(policy, path) === 'all')
  const from = positionIn(query.after)
  const fitting = page(
    visible.slice(from, from + SNAPSHOT_PAGE_MAX).map(({ modifiedAtMs, first, last, ...same }) => ({
      ...same,
      first: sighting(first),
      last: sighting(last),
      modifiedAt: iso(modifiedAtMs),
    })),
  )
  const end = from + fitting.length
  return {
    kind: 'snapshotSearch',
    ...{ found: fitting, tooMany },
    snapshotsRead: all.filter(({ root }) => root !== null).length,
    snapshotsKnown: all.length,
    next: end < visible.length ? String(end) : null,
  }
}

async function differences(asked: Asked<'snapshotCompare'>): Promise<AnswerTo<'snapshotCompare'>> {
  const { query, repository, catalogues, policy } = asked
  const path = snapshotPath(query.folder ?? '/')
  const empty = { kind: 'snapshotCompare' as const, changes: [], next: null }
  for (const id of [query.older, query.newer]) {
    await known(catalogues, repository, id)
    const reading = catalogues.look(repository, id)
    if (reading !== null) return { ...empty, reading }
  }
  const file = catalogues.of(repository)
  const listingOf = (id: string) => {
    const root = file.find(id)?.root ?? null
    return root === null ? null : listingAt(file, root, path)
  }
  const [older, newer] = [listingOf(query.older), listingOf(query.newer)]
  if (older === null && newer === null) throw new Failure({ code: 'not_in_snapshot', detail: path })
  const from = positionIn(query.after)
  const sides = { older, newer, folder: path }
  const { changes, more } = await compare(file, sides, from, SNAPSHOT_PAGE_MAX, query)
  const fitting = page(changes)
  return {
    kind: 'snapshotCompare',
    reading: null,
    changes: fitting
      .filter((change) => seen(policy, change.path) === 'all')
      .map(({ modifiedAtMs, ...same }) => ({ ...same, modifiedAt: iso(modifiedAtMs) })),
    next: more || fitting.length < changes.length ? String(from + fitting.length) : null,
  }
}

async function versions(asked: Asked<'fileVersions'>): Promise<AnswerTo<'fileVersions'>> {
  const { query, repository, catalogues, policy } = asked
  const path = snapshotPath(query.path)
  if (seen(policy, path) !== 'all') throw new Failure({ code: 'not_in_snapshot', detail: path })
  await refreshed(catalogues, repository)
  const file = catalogues.of(repository)
  const all = file.snapshots()
  const found = (await versionsOf(file, path)).slice(0, SNAPSHOT_PAGE_MAX)
  return {
    kind: 'fileVersions',
    versions: found.map(({ first, last, modifiedAtMs, ...same }) => ({
      ...same,
      first: sighting(first),
      last: sighting(last),
      modifiedAt: iso(modifiedAtMs),
    })),
    snapshotsRead: all.filter(({ root }) => root !== null).length,
    snapshotsKnown: all.length,
  }
}

/** A snapshot that was made since the list was last asked for is no stranger. */
async function known(catalogues: Catalogues, repository: Repository, snapshotId: string): Promise<void> {
  if (catalogues.of(repository).find(snapshotId) !== null) return
  const stale = await inPatience(catalogues.refreshFromNow(repository))
  if (catalogues.of(repository).find(snapshotId) !== null) return
  throw stale ?? new Failure({ code: 'snapshot_missing' })
}

/** `name`: no more than that it is there, because something below it may be seen. */
function seen(policy: Policy, path: string): 'all' | 'name' | 'nothing' {
  const onDisk = diskPath(path)
  if (decide(policy, { kind: 'snapshots', path: onDisk }).allowed) return 'all'
  const above = path === '/' ? '/' : `${path}/`
  const roots = policy.browseRoots ?? []
  return roots.some((root) => root === onDisk || `${root}/`.startsWith(above)) ? 'name' : 'nothing'
}

function sighting({ id, takenAtMs }: Sighting): { id: string; takenAt: string } {
  return { id, takenAt: iso(takenAtMs) ?? new Date(0).toISOString() }
}

/** As many as pass as one message; one at least, so that there is always a next page. */
function page<T>(items: readonly T[]): T[] {
  let bytes = 0
  const tooMany = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item))
    return bytes > PAGE_BYTES_MAX
  })
  return tooMany === -1 ? [...items] : items.slice(0, Math.max(1, tooMany))
}

/** Where a page begins. Whatever came as a cursor and is none begins at the beginning. */
function positionIn(cursor: string | null): number {
  return cursor !== null && /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0
}

function iso(ms: number | null): string | null {
  if (ms === null) return null
  const date = new Date(ms)
  const year = date.getUTCFullYear()
  return year >= 0 && year <= 9_999 ? date.toISOString() : null
}
