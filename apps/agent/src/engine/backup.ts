/**
 * One backup: sources looked at, restic run and watched, its result read.
 *
 *   sources ── missing, unreadable? ──► error, nothing was run
 *      │
 *   files that are too old ── too many to name? ──► error, nothing was run
 *      │
 *   restic backup ── status lines ──► onProgress, about once a second
 *      │           ── errors of single files ──► onUnreadable; the rest is backed up, outcome `warning`
 *      │           ── signal ──► SIGINT, no lock stays, `run_cancelled`
 *      ▼
 *   summary ── the short id that 0.14 prints is made whole ──► BackupResult
 */
import type { Limits } from '@holdfast/protocol'
import { EngineError } from './errors.ts'
import { ExcludeFile } from './exclude-file.ts'
import { LineSplitter } from './lines.ts'
import {
  itemErrorMessage,
  parseJson,
  type SummaryMessage,
  statusMessage,
  summaryMessage,
} from './messages.ts'
import type { Restic } from './probe.ts'
import { type BackupProgress, ProgressTracker } from './progress.ts'
import type { Repository } from './repository.ts'
import { type RunHooks, runLocking } from './run.ts'
import { wholeSnapshotId } from './snapshots.ts'
import { checkSources, excludeOf, repositoryFolders } from './sources.ts'
import { findTooOld } from './too-old.ts'

export type BackupRequest = {
  /** Absolute paths. */
  readonly sources: readonly string[]
  /** A comma separates tags for restic, so none may contain one. */
  readonly tags?: readonly string[]
  /** Under which host name the snapshot is filed; this machine's own by default. */
  readonly host?: string
  /** restic's patterns. The repository's own folder is always left out. */
  readonly excludes?: readonly string[]
  /** Lines of .gitignore's language, read from each source. */
  readonly excludeLines?: readonly string[]
  readonly limits?: Limits | undefined
  /** KiB a second up, from the beginning to the end: restic cannot be told another one meanwhile. */
  readonly uploadKibPerSecond?: number | null
  /** A folder that is backed up as well, whatever is left out of the sources. */
  readonly besides?: string | null
}

export type BackupHooks = RunHooks & {
  readonly onProgress?: (progress: BackupProgress) => void
  /** Each file or folder that could not be read, as it happens. */
  readonly onUnreadable?: (path: string) => void
}

export type BackupResult = {
  /** `warning`: a snapshot was made, but some files could not be read. */
  readonly outcome: 'succeeded' | 'warning'
  /** 64 hex digits; null only if the repository could no longer be asked for them right after the backup. */
  readonly snapshotId: string | null
  readonly filesNew: number
  readonly filesChanged: number
  readonly filesUnmodified: number
  readonly dirsNew: number
  readonly dirsChanged: number
  readonly dirsUnmodified: number
  readonly bytesProcessed: number
  /** New in the repository, before compression. */
  readonly bytesAdded: number
  readonly durationMs: number
  /** What would have been in the snapshot but for its age; null where the plan has no limit by age. */
  readonly tooOld: { readonly files: number; readonly bytes: number } | null
  readonly filesUnreadable: number
  /** The first of them. */
  readonly unreadablePaths: readonly string[]
}

const UNREADABLE_PATHS_MAX = 20
const EXIT_INCOMPLETE = 3

/**
 * @throws EngineError `source_missing`, `source_unreadable`, `old_files_too_many`, `run_cancelled`, `disk_full`, `quota_exceeded`,
 * `restic_missing`, `restic_crashed` and every `repository_*`
 */
export async function backup(
  restic: Restic,
  repository: Repository,
  request: BackupRequest,
  hooks: BackupHooks = {},
): Promise<BackupResult> {
  const besides = request.besides ? [request.besides] : []
  const sources = await checkSources([...request.sources, ...besides])
  const excludes = [...(request.excludes ?? []), ...(await excludeOf(repository))]
  const excludeLines = request.excludeLines ?? []
  const tooOld =
    request.limits &&
    (await findTooOld({
      sources: sources.filter((path) => !besides.includes(path)),
      excludeLines,
      limits: request.limits,
      notLookedAt: await repositoryFolders(repository),
      signal: hooks.signal,
    }))
  await using excludeFile = await ExcludeFile.write(
    excludeLines,
    request.sources,
    besides,
    tooOld?.patterns ?? [],
  )
  const output = new BackupOutput(hooks)
  const exitCode = await runLocking(
    restic,
    repository,
    {
      args: [
        'backup',
        '--json',
        '--files-from-raw=-',
        ...(request.host ? [`--host=${request.host}`] : []),
        ...(request.tags ?? []).map((tag) => `--tag=${tag}`),
        ...excludeFile.args,
        ...excludes.map((pattern) => `--exclude=${pattern}`),
        ...argsOf(request.limits),
        ...(request.uploadKibPerSecond ? [`--limit-upload=${request.uploadKibPerSecond}`] : []),
      ],
      // By stdin, so that no name can be taken for an option or a pattern, and their number has no limit.
      stdin: sources.map((path) => `${path}\0`).join(''),
      accepts: (exitCode) => exitCode === 0 || exitCode === EXIT_INCOMPLETE,
      onStdout: (chunk) => output.stdout.push(chunk),
      onStderrLine: (line) => output.readError(line),
    },
    hooks,
  )
  output.stdout.end()
  const { summary } = output
  if (summary === null) throw new EngineError('restic_crashed', `No summary (exit code ${exitCode}).`)
  return {
    outcome: exitCode === EXIT_INCOMPLETE ? 'warning' : 'succeeded',
    snapshotId: await wholeSnapshotId(restic, repository, summary.snapshot_id),
    filesNew: summary.files_new,
    filesChanged: summary.files_changed,
    filesUnmodified: summary.files_unmodified,
    dirsNew: summary.dirs_new,
    dirsChanged: summary.dirs_changed,
    dirsUnmodified: summary.dirs_unmodified,
    bytesProcessed: summary.total_bytes_processed,
    bytesAdded: summary.data_added,
    durationMs: Math.round(summary.total_duration * 1_000),
    tooOld: tooOld ? { files: tooOld.files, bytes: tooOld.bytes } : null,
    filesUnreadable: output.filesUnreadable,
    unreadablePaths: output.unreadablePaths,
  }
}

function argsOf(limits: Limits | undefined): string[] {
  if (limits === undefined) return []
  const { oneFileSystem, largerThanBytes } = limits
  return [
    ...(oneFileSystem ? ['--one-file-system'] : []),
    ...(largerThanBytes === null ? [] : [`--exclude-larger-than=${largerThanBytes}`]),
  ]
}

/** Reads what `restic backup --json` prints, and keeps only what is needed at the end. */
export class BackupOutput {
  readonly stdout = new LineSplitter((line) => this.#readMessage(line))
  readonly unreadablePaths: string[] = []
  filesUnreadable = 0
  summary: SummaryMessage | null = null
  readonly #tracker = new ProgressTracker()
  readonly #hooks: Pick<BackupHooks, 'onProgress' | 'onUnreadable'>

  constructor(hooks: Pick<BackupHooks, 'onProgress' | 'onUnreadable'>) {
    this.#hooks = hooks
  }

  #readMessage(line: string): void {
    const json = parseJson(line)
    const status = statusMessage.safeParse(json)
    if (status.success) {
      this.#hooks.onProgress?.(this.#tracker.update(status.data, performance.now()))
      return
    }
    this.summary = summaryMessage.safeParse(json).data ?? this.summary
  }

  readError(line: string): 'taken' | EngineError | undefined {
    // It was there a moment ago, when the sources were looked at. 0.14 would go on without it and exit with 0.
    const [, vanished] = /^(.*) does not exist, skipping$/.exec(line) ?? []
    if (vanished !== undefined) return new EngineError('source_missing', vanished, { paths: [vanished] })
    const error = itemErrorMessage.safeParse(parseJson(line))
    if (!error.success) return undefined
    // restic counts and reads in two walks, and each complains: only the one that reads is counted.
    if (error.data.during === 'archival') this.#unreadable(error.data.item)
    return 'taken'
  }

  #unreadable(path: string): void {
    this.filesUnreadable += 1
    if (this.unreadablePaths.length < UNREADABLE_PATHS_MAX) this.unreadablePaths.push(path)
    this.#hooks.onUnreadable?.(path)
  }
}
