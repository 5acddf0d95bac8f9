/**
 * Lists a folder of this machine for a portal: folders first, then by name, one page at a time. A folder may hold
 * millions of names, so it is read as a stream and only the wanted page is kept.
 *
 * A symbolic link is listed as a link. Opening one is allowed where it leads to is allowed, and the answer says where
 * that is. Names that are no UTF-8 are shown with replacement signs, as something that cannot be opened: there is no
 * way to say their path on the wire.
 */
import type { Dirent, Stats } from 'node:fs'
import { lstat, opendir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve } from 'node:path'
import {
  type BrowseAnswer,
  type BrowseEntry,
  LIMITS,
  type Query,
  type QueryAnswer,
  type RefusalCode,
} from '@holdfast/protocol'
import { Failure } from '../failure.ts'
import { refusedBy } from '../permission.ts'
import { decide, type Policy } from '../policy.ts'

/** Fails when the policy does not let this be looked at. */
type Allow = (realPath: string | null) => void
type Browse = Extract<Query, { kind: 'browse' }>

const NAME_CHARS_MAX = 1_024
const PATH_CHARS_MAX = 4_096
/** Of one answer, so that it always passes as one message. */
const ANSWER_BYTES_MAX = LIMITS.messageBytesMax / 2

/** Never fails: what goes wrong is an answer. @param portal how a person here names who asks */
export async function browse(query: Browse, policy: Policy, portal: string): Promise<QueryAnswer<'browse'>> {
  const allow: Allow = (realPath) => {
    const decision = decide(policy, { kind: 'browse', realPath })
    if (!decision.allowed) throw new Failure(refusedBy(decision.rule, portal))
  }
  try {
    const { folder, after } = query
    const answer = folder === null ? await roots(policy, allow) : await list(folder, after, allow)
    return { outcome: 'answered', answer }
  } catch (error) {
    const failure = error instanceof Failure ? error : new Failure(nameOf(error, query.folder ?? ''))
    return { outcome: 'refused', code: failure.code, detail: failure.refusal.detail ?? '' }
  }
}

async function roots(policy: Policy, allow: Allow): Promise<BrowseAnswer> {
  allow(null)
  const folders = policy.browseRoots ?? (process.platform === 'win32' ? await drives() : ['/'])
  const entries = folders.map((path) => ({
    name: path.slice(0, NAME_CHARS_MAX),
    path,
    kind: 'folder' as const,
    sizeBytes: null,
    modifiedAt: null,
  }))
  return { folder: null, entries, more: false }
}

async function drives(): Promise<string[]> {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `${letter}:\\`)
  const found = await Promise.all(
    letters.map((drive) =>
      stat(drive).then(
        () => drive,
        () => null,
      ),
    ),
  )
  return found.filter((drive) => drive !== null)
}

async function list(folder: string, after: string | null, allow: Allow): Promise<BrowseAnswer> {
  if (!isAbsolute(folder) || folder.includes('\0'))
    throw new Failure({ code: 'folder_missing', detail: folder })
  const realFolder = await realpath(resolve(folder)).catch(async (error: unknown) => {
    // Whether something exists outside of what may be looked at is nobody's business either.
    allow(await nearestReal(resolve(folder)))
    throw error
  })
  allow(realFolder)
  const found = await page(realFolder, after === null ? null : await keyOf(realFolder, after))
  const entries: BrowseEntry[] = []
  let bytes = 0
  for (const key of found.keys) {
    const entry = await describe(realFolder, key)
    bytes += Buffer.byteLength(JSON.stringify(entry))
    if (bytes > ANSWER_BYTES_MAX) return { folder: realFolder, entries, more: true }
    entries.push(entry)
  }
  return { folder: realFolder, entries, more: found.more }
}

/** Where the part of a path leads that there is. A link on the way may lead out. */
async function nearestReal(path: string): Promise<string> {
  const parent = dirname(path)
  if (parent === path) return path
  return realpath(path).catch(async () => join(await nearestReal(parent), basename(path)))
}

// ── Order and pages ──────────────────────────────────────────────────────────────────────────────────────────────

/** What the order depends on. `isText` is false for a name that is no UTF-8. */
type Key = { readonly name: string; readonly isFolder: boolean; readonly isText: boolean }

function compare(a: Key, b: Key): number {
  if (a.isFolder !== b.isFolder) return a.isFolder ? -1 : 1
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** The place of the last name of the page before. One that is gone meanwhile counts as a folder: twice beats never. */
async function keyOf(folder: string, name: string): Promise<Key> {
  // A path is no name of this folder, and what it leads to is not asked.
  if (basename(name) !== name) return { name, isFolder: true, isText: true }
  const isFolder = await lstat(join(folder, name)).then(
    (found) => found.isDirectory(),
    () => true,
  )
  return { name, isFolder, isText: true }
}

/** Reads the whole folder once, but never holds more than a few pages of it. */
async function page(folder: string, after: Key | null): Promise<{ keys: Key[]; more: boolean }> {
  const wanted = LIMITS.browseEntriesMax + 1
  let keys: Key[] = []
  const keepFirst = () => {
    keys = keys.sort(compare).slice(0, wanted)
  }
  // Node gives names as bytes when asked to, but its types do not know that.
  const entries = await opendir(folder, { encoding: 'buffer' as BufferEncoding, bufferSize: 512 })
  for await (const entry of entries) {
    const key = await readKey(folder, entry)
    if (key === null || (after !== null && compare(key, after) <= 0)) continue
    keys.push(key)
    if (keys.length >= wanted * 4) keepFirst()
  }
  keepFirst()
  return { keys: keys.slice(0, LIMITS.browseEntriesMax), more: keys.length === wanted }
}

async function readKey(folder: string, entry: Dirent): Promise<Key | null> {
  const raw: unknown = entry.name
  const bytes = Buffer.isBuffer(raw) ? raw : Buffer.from(String(raw))
  const name = bytes.toString('utf8')
  if (name.length > NAME_CHARS_MAX || join(folder, name).length > PATH_CHARS_MAX) return null
  const isText = Buffer.from(name, 'utf8').equals(bytes)
  return { name, isText, isFolder: isText && (await isFolder(folder, name, entry)) }
}

/** Some file systems do not say what an entry is without being asked for each. */
async function isFolder(folder: string, name: string, entry: Dirent): Promise<boolean> {
  const isKnown =
    entry.isDirectory() ||
    entry.isFile() ||
    entry.isSymbolicLink() ||
    entry.isFIFO() ||
    entry.isSocket() ||
    entry.isBlockDevice() ||
    entry.isCharacterDevice()
  if (isKnown) return entry.isDirectory()
  return lstat(join(folder, name)).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

// ── Entries ──────────────────────────────────────────────────────────────────────────────────────────────────────

async function describe(folder: string, { name, isFolder, isText }: Key): Promise<BrowseEntry> {
  const path = join(folder, name)
  const found = isText ? await lstat(path).catch(() => null) : null
  if (found === null)
    return { name, path, kind: isFolder ? 'folder' : 'other', sizeBytes: null, modifiedAt: null }
  return {
    name,
    path,
    kind: kindOf(found),
    sizeBytes: found.isFile() ? found.size : null,
    modifiedAt: timeOf(found),
  }
}

function kindOf(found: Stats): BrowseEntry['kind'] {
  if (found.isDirectory()) return 'folder'
  if (found.isFile()) return 'file'
  return found.isSymbolicLink() ? 'link' : 'other'
}

/** A file's time may be anything at all, also what is no date on the wire (negative years, years beyond 9999). */
function timeOf({ mtime }: Stats): string | null {
  const year = mtime.getUTCFullYear()
  return year >= 0 && year <= 9_999 ? mtime.toISOString() : null
}

// ── What may go wrong ────────────────────────────────────────────────────────────────────────────────────────────

const MISSING: readonly string[] = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']

function nameOf(error: unknown, folder: string): { code: RefusalCode; detail: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const isMissing = MISSING.includes(code)
  return {
    code: isMissing ? 'folder_missing' : 'folder_unreadable',
    detail: isMissing ? folder : `${folder}, ${code}`,
  }
}
