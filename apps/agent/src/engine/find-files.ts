/** Certain files of a snapshot, by their paths: their sizes and times, and the files themselves, restored. */
import { posix } from 'node:path'
import { invoke } from './invoke.ts'
import { LineSplitter } from './lines.ts'
import { listedNode, parseJson } from './messages.ts'
import type { Restic } from './probe.ts'
import type { Repository } from './repository.ts'
import { requireSnapshotId } from './snapshots.ts'

/** As restic stores a path of this machine: with slashes, and `C:\` as `/C`. */
export function snapshotPathOf(path: string): string {
  if (process.platform !== 'win32') return path
  return `/${path.replace(/^([A-Za-z]):/, '$1').replaceAll('\\', '/')}`
}

export type FindRequest = {
  readonly snapshotId: string
  /** As restic stores them. */
  readonly paths: readonly string[]
  readonly signal?: AbortSignal
}

export type FoundFile = { readonly sizeBytes: number; readonly modifiedAt: Date }

/** Folders asked at once: their names travel as arguments. */
const FOLDERS_MAX = 200

/** The files among them that are there. @throws EngineError `snapshot_missing` and `repository_*` */
export async function findInSnapshot(
  restic: Restic,
  repository: Repository,
  { snapshotId, paths, signal }: FindRequest,
): Promise<Map<string, FoundFile>> {
  const wanted = new Set(paths)
  const found = new Map<string, FoundFile>()
  const folders = [...new Set(paths.map((path) => posix.dirname(path)))].slice(0, FOLDERS_MAX)
  if (folders.length === 0) return found
  const stdout = new LineSplitter((line) => {
    const { data: node } = listedNode.safeParse(parseJson(line))
    if (node?.type !== 'file' || !node.mtime || !wanted.has(node.path)) return
    found.set(node.path, { sizeBytes: node.size ?? 0, modifiedAt: node.mtime })
  })
  await invoke(restic, repository, {
    args: ['ls', '--json', '--no-lock', '--', requireSnapshotId(snapshotId), ...folders],
    signal,
    onStdout: (chunk) => stdout.push(chunk),
  })
  stdout.end()
  return found
}
