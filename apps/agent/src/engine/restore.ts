/**
 * The way back: a snapshot into a folder. restic goes on when a single file fails: those are counted, the rest is
 * there. Only a full disk ends it early, because every further file would fail for the same reason.
 */
import { EngineError } from './errors.ts'
import type { Restic } from './probe.ts'
import { type Repository, withoutSecrets } from './repository.ts'
import { type RunHooks, runLocking } from './run.ts'
import { requireSnapshotId } from './snapshots.ts'
import { literalPattern } from './sources.ts'

export type RestoreRequest = {
  readonly snapshotId: string
  /** Absolute path of a folder; made if it is not there. The snapshot's own paths are laid out below it. */
  readonly target: string
  /** Only these files and folders, by their paths in the snapshot; everything where left out. */
  readonly paths?: readonly string[]
  /** For a repository that must not be written to, not even a lock. */
  readonly noLock?: boolean
}

export type RestoreHooks = RunHooks & {
  /** Each complaint about a single file, as it comes: which one, and why. */
  readonly onItemError?: (text: string) => void
}

export type RestoreResult = {
  readonly outcome: 'succeeded' | 'incomplete'
  /** restic may complain about one file several times. */
  readonly errorCount: number
  /** The first of them in restic's words: which file, and why. */
  readonly errors: readonly string[]
}

const ERRORS_MAX = 20
const ITEM_ERROR = 'ignoring error for '

/** @throws EngineError `snapshot_missing`, `disk_full` (at the target), `run_cancelled` and `repository_*` */
export async function restore(
  restic: Restic,
  repository: Repository,
  request: RestoreRequest,
  hooks: RestoreHooks = {},
): Promise<RestoreResult> {
  const errors: string[] = []
  let errorCount = 0
  let wentThrough = false
  let full = false
  await runLocking(
    restic,
    repository,
    {
      args: [
        'restore',
        ...(request.noLock ? ['--no-lock'] : []),
        `--target=${request.target}`,
        ...(request.paths ?? []).map((path) => `--include=${literalPattern(path)}`),
        '--',
        requireSnapshotId(request.snapshotId),
      ],
      accepts: (exitCode) => exitCode === 0 || (wentThrough && !full),
      onStdout: () => {},
      onStderrLine: (line) => {
        wentThrough ||= /^Fatal: There were \d+ errors/.test(line)
        if (!line.startsWith(ITEM_ERROR)) return undefined
        errorCount += 1
        hooks.onItemError?.(line.slice(ITEM_ERROR.length))
        if (errors.length < ERRORS_MAX) errors.push(withoutSecrets(line.slice(ITEM_ERROR.length), repository))
        full ||= /(no space left on device|not enough space on the disk)\W*$/i.test(line)
        return full ? new EngineError('disk_full', request.target) : 'taken'
      },
    },
    hooks,
  )
  return { outcome: errorCount === 0 ? 'succeeded' : 'incomplete', errorCount, errors }
}
