/**
 * A file or folder of a snapshot as a stream of bytes: what comes is handed on at once, and nothing more is read until it
 * was taken, so restic waits for whoever is slow. No lock is taken: a reader that goes to sleep must keep nobody from the
 * repository. If it is tidied up meanwhile, the stream ends with an error, which is better than to wait for days.
 */
import { EngineError } from './errors.ts'
import { invoke } from './invoke.ts'
import type { Restic } from './probe.ts'
import type { RunProcess } from './processes.ts'
import type { Repository } from './repository.ts'
import { requireSnapshotId } from './snapshots.ts'

export type DumpRequest = {
  readonly snapshotId: string
  /** With slashes, from the top of the snapshot. */
  readonly path: string
  /** Null: the bytes of one file. A folder becomes an archive in any case. */
  readonly archive: 'zip' | 'tar' | null
}

export type DumpHooks = {
  readonly signal: AbortSignal
  readonly onSpawn?: (process: RunProcess) => void
  /** As long as a promise that it returns is open, restic is held back. */
  readonly onChunk: (chunk: Buffer) => void | Promise<void>
}

/** @throws EngineError `not_in_snapshot`, `snapshot_missing`, `run_cancelled` and `repository_*` */
export async function dump(
  restic: Restic,
  repository: Repository,
  { snapshotId, path, archive }: DumpRequest,
  { signal, onSpawn, onChunk }: DumpHooks,
): Promise<void> {
  const form = archive === null ? [] : [`--archive=${archive}`]
  await invoke(restic, repository, {
    args: ['dump', '--no-lock', ...form, '--', requireSnapshotId(snapshotId), path],
    signal,
    onSpawn,
    // Whoever does not read any more must not keep a restic that was told to stop.
    onStdout: (chunk) => (signal.aborted ? undefined : onChunk(chunk)),
    onStderrLine: (line) =>
      /path .* not found in snapshot|should be a (?:file|dir)/.test(line)
        ? new EngineError('not_in_snapshot', path)
        : undefined,
  })
}
