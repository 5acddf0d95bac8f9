/**
 * Everything that a snapshot holds, in one `restic ls`: a folder, then what lies in it, then its next neighbour, by name.
 * A million lines pass here in pieces. Between two of them everything else of this process gets its turn, and meanwhile
 * restic waits; it also runs at a low priority, because nobody's backup should be slower for it.
 */
import { setPriority } from 'node:os'
import { z } from 'zod'
import { EngineError } from './errors.ts'
import { invoke } from './invoke.ts'
import { LineSplitter } from './lines.ts'
import { listedSnapshot, parseJson } from './messages.ts'
import type { Restic } from './probe.ts'
import type { Repository } from './repository.ts'
import { requireSnapshotId } from './snapshots.ts'

export type ListedNode = {
  readonly name: string
  /** With slashes, from the top of the snapshot. */
  readonly path: string
  readonly kind: 'folder' | 'file' | 'link' | 'other'
  readonly sizeBytes: number | null
  /** Milliseconds since 1970; null for what is no time of this millennium or the next. */
  readonly modifiedAtMs: number | null
  /** The lowest twelve bits. */
  readonly mode: number | null
}

export type ListHooks = {
  readonly signal?: AbortSignal
  /** What came in one piece, in order. */
  readonly onNodes: (nodes: readonly ListedNode[]) => void
}

const node = z.object({
  struct_type: z.literal('node'),
  name: z.string(),
  path: z.string(),
  type: z.string(),
  size: z.number().min(0).optional(),
  mode: z.number().optional(),
  mtime: z.string().optional(),
})

const KINDS: Readonly<Record<string, ListedNode['kind']>> = { dir: 'folder', file: 'file', symlink: 'link' }
const LOW_PRIORITY = 10

/** Reads what `ls --json` prints, and hands on the nodes of each piece. */
export function nodeReader(onNodes: ListHooks['onNodes']) {
  let isFound = false
  let nodes: ListedNode[] = []
  const lines = new LineSplitter((line) => {
    const json = parseJson(line)
    const read = node.safeParse(json)
    if (read.success) nodes.push(nodeOf(read.data))
    else isFound ||= listedSnapshot.safeParse(json).success
  })
  const handOn = () => {
    const some = nodes
    nodes = []
    if (some.length > 0) onNodes(some)
  }
  return {
    push(chunk: Buffer): void {
      lines.push(chunk)
      handOn()
    },
    end(): void {
      lines.end()
      handOn()
    },
    /** restic has said that there is such a snapshot. */
    get isFound(): boolean {
      return isFound
    },
  }
}

/** @throws EngineError `snapshot_missing` and `repository_*`, and whatever `onNodes` throws */
export async function listWholeSnapshot(
  restic: Restic,
  repository: Repository,
  snapshotId: string,
  { signal, onNodes }: ListHooks,
): Promise<void> {
  const stop = new AbortController()
  const failures: unknown[] = []
  const attempt = (work: () => void) => {
    if (failures.length > 0) return
    try {
      work()
    } catch (error) {
      failures.push(error)
      stop.abort()
    }
  }
  const reader = nodeReader(onNodes)
  try {
    await invoke(restic, repository, {
      args: ['ls', '--json', '--no-lock', '--', requireSnapshotId(snapshotId)],
      signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
      onSpawn: ({ pid }) => beModest(pid),
      onStdout: (chunk) => {
        attempt(() => reader.push(chunk))
        return new Promise<void>((resolve) => setImmediate(resolve))
      },
    })
    attempt(() => reader.end())
  } catch (error) {
    if (failures.length === 0) throw error
  }
  if (failures.length > 0) throw failures[0]
  if (!reader.isFound)
    throw new EngineError('snapshot_missing', `The repository has no snapshot ${snapshotId}.`)
}

function beModest(pid: number): void {
  try {
    setPriority(pid, LOW_PRIORITY)
  } catch {
    // It has ended already, or this system does not let us: then it runs like any other.
  }
}

function nodeOf({ name, path, type, size, mode, mtime }: z.output<typeof node>): ListedNode {
  const kind = KINDS[type] ?? 'other'
  return {
    name,
    path,
    kind,
    sizeBytes: kind === 'file' ? (size ?? 0) : null,
    modifiedAtMs: mtime === undefined ? null : timeOf(mtime),
    mode: mode === undefined ? null : modeOf(mode),
  }
}

function timeOf(text: string): number | null {
  const ms = Date.parse(text)
  // Its year as it is written on the wire has four digits.
  return ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999 ? ms : null
}

/** Go keeps setuid, setgid and sticky in high bits of its own. */
function modeOf(mode: number): number {
  const has = (bit: number) => Math.floor(mode / 2 ** bit) % 2 === 1
  const special = (has(23) ? 0o4000 : 0) | (has(22) ? 0o2000 : 0) | (has(20) ? 0o1000 : 0)
  return (mode % 0o1000) | special
}
