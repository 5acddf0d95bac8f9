/**
 * Progress of a backup as a person can believe it.
 *
 * restic begins to back up while it is still counting, and its percentage and totals are of what it has counted so
 * far: 100 % after a second, then 3 %. It tells only between the lines that it has finished counting, by naming the
 * remaining seconds. Until then there is no total here, no percentage and no time left.
 */
import type { StatusMessage } from './messages.ts'

export type BackupProgress = {
  readonly phase: 'scanning' | 'uploading'
  readonly filesDone: number
  readonly filesTotal: number | null
  /** Read so far; what the repository already held counts as well. */
  readonly bytesDone: number
  readonly bytesTotal: number | null
  readonly bytesPerSecond: number
  readonly secondsLeft: number | null
  /** For people only: what is not UTF-8 in a name is replaced. Empty between two files. */
  readonly currentFile: string
}

const RATE_WINDOW_MS = 15_000
const CURRENT_FILE_CHARS_MAX = 4_096

type Sample = { readonly atMs: number; readonly bytesDone: number }

export class ProgressTracker {
  #counted = false
  #before: StatusMessage | null = null
  #samples: Sample[] = []

  /** `nowMs` is of any clock that does not jump. */
  update(status: StatusMessage, nowMs: number): BackupProgress {
    const phase = this.#phase(status)
    this.#before = status
    const bytesPerSecond = this.#rate({ atMs: nowMs, bytesDone: status.bytes_done })
    const common = {
      filesDone: status.files_done,
      bytesDone: status.bytes_done,
      bytesPerSecond,
      currentFile: (status.current_files[0] ?? '').slice(0, CURRENT_FILE_CHARS_MAX),
    }
    if (phase === 'scanning') {
      return { phase, ...common, filesTotal: null, bytesTotal: null, secondsLeft: null }
    }
    // Files may grow while they are read.
    const bytesTotal = Math.max(status.total_bytes, status.bytes_done)
    const filesTotal = Math.max(status.total_files, status.files_done)
    const left = bytesTotal - status.bytes_done
    const secondsLeft = bytesPerSecond > 0 ? Math.ceil(left / bytesPerSecond) : null
    return { phase, ...common, filesTotal, bytesTotal, secondsLeft }
  }

  #phase(status: StatusMessage): BackupProgress['phase'] {
    this.#counted ||= status.seconds_remaining > 0
    return this.#counted || this.#restsAtTotal(status) ? 'uploading' : 'scanning'
  }

  /** Everything counted was read, and still is a second later: only the last uploads are outstanding. */
  #restsAtTotal(status: StatusMessage): boolean {
    return (
      status.files_done > 0 &&
      status.files_done === status.total_files &&
      status.bytes_done === status.total_bytes &&
      status.files_done === this.#before?.files_done &&
      status.bytes_done === this.#before.bytes_done
    )
  }

  #rate(now: Sample): number {
    this.#samples.push(now)
    while (now.atMs - (this.#samples[0]?.atMs ?? now.atMs) > RATE_WINDOW_MS) this.#samples.shift()
    const first = this.#samples[0] ?? now
    const elapsedMs = now.atMs - first.atMs
    return elapsedMs > 0
      ? Math.max(0, Math.round(((now.bytesDone - first.bytesDone) * 1_000) / elapsedMs))
      : 0
  }
}
