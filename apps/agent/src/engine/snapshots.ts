/**
 * Snapshots in a repository and what is in them. Looking takes no lock: it must also be possible while a long run
 * holds the repository, and from storage that cannot be written.
 *
 * restic 0.14 answers the question for an unknown snapshot with exit code 0 and silence. It is noticed here.
 */
import { readdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { EngineError } from './errors.ts'
import { ask, invoke } from './invoke.ts'
import { LineSplitter } from './lines.ts'
import { listedNode, listedSnapshot, parseJson, snapshotsDocument } from './messages.ts'
import type { Restic } from './probe.ts'
import { folderOf, type Repository } from './repository.ts'

export type Snapshot = {
  /** 64 hex digits. */
  readonly id: string
  readonly takenAt: Date
  readonly host: string
  readonly user: string
  readonly paths: readonly string[]
  readonly tags: readonly string[]
}

/** All snapshots, in restic's order. @throws EngineError */
export async function snapshots(
  restic: Restic,
  repository: Repository,
  signal?: AbortSignal,
): Promise<Snapshot[]> {
  return readSnapshots(restic, repository, [], signal)
}

async function readSnapshots(
  restic: Restic,
  repository: Repository,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Snapshot[]> {
  const text = await ask(restic, repository, ['snapshots', '--json', ...ids], signal)
  const { data } = snapshotsDocument.safeParse(parseJson(text))
  if (!data) throw new EngineError('restic_crashed', 'Its list of snapshots cannot be read.')
  return data.map(({ id, time: takenAt, hostname: host, username: user, paths, tags }) => ({
    id,
    takenAt,
    host,
    user,
    paths,
    tags,
  }))
}

const SNAPSHOT_ID = /^[0-9a-f]{8,64}$/
const WHOLE_ID_CHARS = 64

/** Makes an id that may be short whole. Null if it cannot be: the snapshot that it names is no less there for it. */
export async function wholeSnapshotId(
  restic: Restic,
  repository: Repository,
  id: string | undefined,
): Promise<string | null> {
  if (id === undefined || !SNAPSHOT_ID.test(id)) return null
  if (id.length === WHOLE_ID_CHARS) return id
  const matching = (await snapshotIds(restic, repository, id)).filter((whole) => whole.startsWith(id))
  return matching.length === 1 ? (matching[0] ?? null) : null
}

/** In a folder, looking at it is enough: opening the repository would cost restic half a second. */
async function snapshotIds(restic: Restic, repository: Repository, shortId: string): Promise<string[]> {
  const folder = folderOf(repository)
  if (folder !== null) {
    const names = await readdir(join(folder, 'snapshots')).catch(() => [])
    return names.filter((name) => SNAPSHOT_ID.test(name))
  }
  const found = await readSnapshots(restic, repository, [shortId]).catch(() => [])
  return found.map(({ id }) => id)
}

/** An id that restic cannot take for an option, a name or `latest`. @throws EngineError `snapshot_missing` */
export function requireSnapshotId(id: string): string {
  if (!SNAPSHOT_ID.test(id)) throw new EngineError('snapshot_missing', 'This is no id of a snapshot.')
  return id
}

export type SnapshotEntry = {
  /** Names that are not UTF-8 come with replacement characters; restic restores them whole. */
  readonly name: string
  readonly path: string
  readonly kind: 'folder' | 'file' | 'link' | 'other'
  readonly sizeBytes: number | null
  readonly modifiedAt: Date | null
}

export type ListRequest = {
  readonly snapshotId: string
  /** With slashes, as restic stores it; `/` is the top. */
  readonly folder: string
  readonly entriesMax: number
  readonly signal?: AbortSignal
}

const KINDS: Readonly<Record<string, SnapshotEntry['kind']>> = {
  dir: 'folder',
  file: 'file',
  symlink: 'link',
}

/** What lies directly in a folder of a snapshot. @throws EngineError `snapshot_missing` and `repository_*` */
export async function listSnapshot(
  restic: Restic,
  repository: Repository,
  request: ListRequest,
): Promise<{ entries: SnapshotEntry[]; more: boolean }> {
  const id = requireSnapshotId(request.snapshotId)
  const folder = posix.resolve('/', request.folder)
  const entries: SnapshotEntry[] = []
  let found = false
  let more = false
  const stdout = new LineSplitter((line) => {
    const json = parseJson(line)
    found ||= listedSnapshot.safeParse(json).success
    const { data: node } = listedNode.safeParse(json)
    if (!node || node.path === folder || posix.dirname(node.path) !== folder) return
    more = entries.length >= request.entriesMax
    if (more) return
    const { name, path, size = null, mtime = null } = node
    entries.push({ name, path, kind: KINDS[node.type] ?? 'other', sizeBytes: size, modifiedAt: mtime })
  })
  await invoke(restic, repository, {
    args: ['ls', '--json', '--no-lock', '--', id, folder],
    signal: request.signal,
    onStdout: (chunk) => stdout.push(chunk),
  })
  stdout.end()
  if (!found) throw new EngineError('snapshot_missing', `The repository has no snapshot ${id}.`)
  return { entries, more }
}

/** Every file below a folder of a snapshot, with its size. @throws EngineError `snapshot_missing` and `repository_*` */
export async function filesBelow(
  restic: Restic,
  repository: Repository,
  { snapshotId, folder, signal }: Pick<ListRequest, 'snapshotId' | 'folder' | 'signal'>,
): Promise<Map<string, number>> {
  const files = new Map<string, number>()
  const stdout = new LineSplitter((line) => {
    const { data: node } = listedNode.safeParse(parseJson(line))
    if (node?.type === 'file') files.set(node.path, node.size ?? 0)
  })
  await invoke(restic, repository, {
    args: ['ls', '--json', '--no-lock', '--recursive', '--', requireSnapshotId(snapshotId), folder],
    signal,
    onStdout: (chunk) => stdout.push(chunk),
  })
  stdout.end()
  return files
}
