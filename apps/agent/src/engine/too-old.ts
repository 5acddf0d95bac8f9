/**
 * The files of a plan's sources that have not changed for longer than it wants, as patterns for restic, which knows no
 * limit by age. The age is that of the last change of what is in a file (mtime).
 *
 *   /src/2019/*          everything in there is too old: one pattern for all of it. The folder itself stays, empty
 *   /src/inbox/*         nearly everything is: all of it, and then what is not
 *   !/src/inbox/new.txt
 *   /src/report.txt      otherwise each by its name
 *
 * Only files are judged. Links, pipes, folders without files and whatever cannot be looked at stay in, and are restic's
 * to complain of. What the plan leaves out by other means is not looked at, so that what comes back by `!` was never out.
 *
 * restic compares each name that it meets with each pattern: 35 ns for each pair, measured with 0.14. So they are bounded,
 * and one too many ends the run before it begins: half of a list would back up files that somebody wanted left out.
 *
 * Names are bytes (one character each), because not every name on a disk is text.
 */
import type { Stats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { basename, sep } from 'node:path'
import type { Limits } from '@holdfast/protocol'
import { EngineError } from './errors.ts'
import { bytesOf, exactPattern } from './exact-pattern.ts'
import { type IsLeftOut, matcherOf } from './exclude-match.ts'
import { RESTORE_PREFIX } from './sources.ts'

export const TOO_OLD_PATTERNS_MAX = 20_000
const DAY_MS = 24 * 60 * 60_000
const LOOKED_AT_ONCE = 256

export type TooOldRequest = {
  readonly sources: readonly string[]
  readonly excludeLines: readonly string[]
  readonly limits: Limits
  /** Folders that are left out anyway, such as the repository itself. */
  readonly notLookedAt?: readonly string[]
  readonly patternsMax?: number
  readonly now?: Date
  readonly signal?: AbortSignal | undefined
  /** Each file that is not too old. */
  readonly onRecent?: (path: string) => void
}

export type TooOld = {
  /** In the order in which they have to stand. */
  readonly patterns: readonly string[]
  /** What would have been backed up but for its age. */
  readonly files: number
  readonly bytes: number
}

/** Null where the plan has no limit by age. @throws EngineError `old_files_too_many`, `run_cancelled` */
export async function findTooOld(request: TooOldRequest): Promise<TooOld | null> {
  const changedBefore = oldestWanted(request.limits, request.now)
  return changedBefore === null ? null : new Walk(request, changedBefore).all()
}

/** Files that changed before this are left out. */
export function oldestWanted(limits: Limits | null | undefined, now = new Date()): Date | null {
  const days = limits?.olderThanDays ?? null
  return days === null ? null : new Date(now.getTime() - days * DAY_MS)
}

/** Of a folder: something in it stays; all in it is too old; there is nothing in it that could be. */
type Verdict = 'kept' | 'old' | 'nothing'

class Walk {
  readonly #request: TooOldRequest
  readonly #changedBeforeMs: number
  readonly #isLeftOut: IsLeftOut
  /** Sources inside other ones are looked at by themselves. */
  readonly #own: ReadonlySet<string>
  readonly #notLookedAt: ReadonlySet<string>
  readonly #patterns: string[] = []
  #device: number | null = null
  #files = 0
  #bytes = 0

  constructor(request: TooOldRequest, changedBefore: Date) {
    this.#request = request
    this.#changedBeforeMs = changedBefore.getTime()
    this.#isLeftOut = matcherOf(request.excludeLines)
    this.#own = new Set(request.sources.map(trimmed))
    this.#notLookedAt = new Set((request.notLookedAt ?? []).map(trimmed))
  }

  async all(): Promise<TooOld> {
    for (const source of this.#own) {
      const stats = await look(source)
      this.#device = this.#request.limits.oneFileSystem ? (stats?.dev ?? null) : null
      if (stats?.isFile() && this.#judge(source, stats) === 'old') this.#keep([exactPattern(source)])
      if (stats?.isDirectory() && (await this.#visit(source, [])) === 'old') this.#keep([allIn(source)])
    }
    return { patterns: this.#patterns, files: this.#files, bytes: this.#bytes }
  }

  async #visit(folder: string, names: readonly string[]): Promise<Verdict> {
    const old: string[] = []
    const kept: string[] = []
    const folders: string[] = []
    let isWhole = true
    let canBringBack = true
    try {
      for await (const batch of batchesOf(folder)) {
        this.#mayGoOn()
        const paths = batch.map((name) => below(folder, name))
        const stats = await Promise.all(paths.map(look))
        for (const [at, path] of paths.entries()) {
          const stat = stats[at] ?? null
          const isFolder = stat?.isDirectory() ?? false
          if (this.#isOut(path, [...names, textOf(batch[at] ?? '')], isFolder)) continue
          if (isFolder && !this.#isElsewhere(path, stat)) folders.push(path)
          else if (stat?.isFile() && this.#judge(path, stat) === 'old') old.push(exactPattern(path))
          else kept.push(path)
          // Bringing a folder back would bring back all in it, also what the plan leaves out.
          if (isFolder || stat === null) canBringBack = false
        }
      }
    } catch (error) {
      if (error instanceof EngineError) throw error
      isWhole = false
    }
    const verdicts = new Set<Verdict>()
    for (const path of folders) {
      const verdict = await this.#visit(path, [...names, textOf(basename(path))])
      verdicts.add(verdict)
      if (verdict === 'old') old.push(allIn(path))
    }
    if (!isWhole || kept.length > 0 || verdicts.has('kept')) {
      const isShorter = isWhole && canBringBack && kept.length + 1 < old.length
      this.#keep(isShorter ? [allIn(folder), ...kept.map((path) => `!${exactPattern(path)}`)] : old)
      return 'kept'
    }
    return old.length > 0 ? 'old' : 'nothing'
  }

  #isOut(path: string, names: readonly string[], isFolder: boolean): boolean {
    if (this.#notLookedAt.has(path) || names.at(-1)?.startsWith(RESTORE_PREFIX)) return true
    return this.#isLeftOut(names, isFolder)
  }

  #isElsewhere(path: string, stats: Stats | null): boolean {
    return this.#own.has(path) || (this.#device !== null && stats?.dev !== this.#device)
  }

  #judge(path: string, { mtimeMs, size }: Stats): 'old' | 'recent' {
    const { limits, onRecent } = this.#request
    const isTooLarge = limits.largerThanBytes !== null && size > limits.largerThanBytes
    if (mtimeMs >= this.#changedBeforeMs) {
      if (!isTooLarge) onRecent?.(textOf(path))
      return 'recent'
    }
    if (!isTooLarge) {
      this.#files += 1
      this.#bytes += size
    }
    return 'old'
  }

  #keep(patterns: readonly string[]): void {
    const { patternsMax = TOO_OLD_PATTERNS_MAX } = this.#request
    for (const pattern of patterns) this.#patterns.push(pattern)
    if (this.#patterns.length <= patternsMax) return
    throw new EngineError(
      'old_files_too_many',
      `More than ${patternsMax} files and folders would have to be named to restic.`,
    )
  }

  #mayGoOn(): void {
    if (this.#request.signal?.aborted)
      throw new EngineError('run_cancelled', 'It was cancelled by the agent.')
  }
}

const allIn = (folder: string): string => exactPattern(below(folder, '')) + '*'
const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString()
const below = (folder: string, name: string): string => (folder.endsWith(sep) ? '' : folder) + sep + name

function trimmed(source: string): string {
  return bytesOf(source).replace(/(?<=.)[\\/]+$/, '')
}

async function look(path: string): Promise<Stats | null> {
  return lstat(Buffer.from(path, 'latin1')).catch(() => null)
}

async function* batchesOf(folder: string): AsyncGenerator<string[]> {
  let batch: string[] = []
  // Node's types know a name as text only; asked for bytes, it gives them.
  const entries = await opendir(Buffer.from(folder, 'latin1') as unknown as string, {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: LOOKED_AT_ONCE,
  })
  for await (const { name } of entries) {
    batch.push((name as unknown as Buffer).toString('latin1'))
    if (batch.length === LOOKED_AT_ONCE) {
      yield batch
      batch = []
    }
  }
  yield batch
}
