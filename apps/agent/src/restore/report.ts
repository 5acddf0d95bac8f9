/** What became of each file, counted, and the first of them by name: what a person looks at afterwards. */
import type { ConflictRule, RestoreCounts, RestoredItem } from '@holdfast/protocol'

export type Action = RestoredItem['action']
export type Sums = { readonly files: number; readonly bytes: number }

const ITEMS_MAX = 100
/** Of a report, so that it passes as part of a message. */
const ITEMS_BYTES_MAX = 128 * 1024
const PATH_CHARS_MAX = 4_096

export class RestoreReport {
  readonly counts: RestoreCounts = {
    ...{ files: 0, bytes: 0, created: 0, replaced: 0, kept: 0, keptBoth: 0, same: 0, failed: 0 },
  }
  readonly #failed: RestoredItem[] = []
  readonly #others: RestoredItem[] = []

  /** All that was chosen. */
  chosen({ files, bytes }: Sums): void {
    this.counts.files += files
    this.counts.bytes += bytes
  }

  same(files: number): void {
    this.counts.same += files
  }

  /** A file, or a whole folder of them. */
  did(action: Action, path: string, { files, bytes }: Sums): void {
    this.counts[action] += files
    const items = action === 'failed' ? this.#failed : this.#others
    if (items.length < ITEMS_MAX) items.push({ path: path.slice(0, PATH_CHARS_MAX), action, bytes })
  }

  /** What was found out about a part of it. What was chosen is counted once, for all. */
  include({ counts, items }: RestoreReport): void {
    for (const action of ['created', 'replaced', 'kept', 'keptBoth', 'same', 'failed'] as const)
      this.counts[action] += counts[action]
    for (const item of items) {
      const into = item.action === 'failed' ? this.#failed : this.#others
      if (into.length < ITEMS_MAX) into.push(item)
    }
  }

  /** What was done so far. */
  get filesDone(): number {
    const { created, replaced, kept, keptBoth, same, failed } = this.counts
    return created + replaced + kept + keptBoth + same + failed
  }

  /** The first of them, failures first; bounded, whatever the paths are. */
  get items(): RestoredItem[] {
    let bytes = 0
    return [...this.#failed, ...this.#others].slice(0, ITEMS_MAX).filter((item) => {
      bytes += Buffer.byteLength(JSON.stringify(item))
      return bytes <= ITEMS_BYTES_MAX
    })
  }
}

/** What a rule makes of something else that is there already. */
export const ACTION_OF = {
  keepExisting: 'kept',
  replace: 'replaced',
  keepBoth: 'keptBoth',
} as const satisfies Record<ConflictRule, Action>
