/** The first of what a restore did, or would do, file by file. */
import type { RestoredItem } from '@holdfast/protocol'
import { Bytes } from '#ui/values/amounts.tsx'
import { PathText } from '#ui/values/foreign.tsx'
import { formatCount } from '#ui/values/format.ts'

const DONE: Readonly<Record<RestoredItem['action'], string>> = {
  created: 'Put back',
  replaced: 'Replaced',
  kept: 'Left as it is',
  keptBoth: 'Put beside',
  failed: 'Failed',
}

export function RestoredItems({ items, total }: { items: readonly RestoredItem[]; total: number }) {
  if (items.length === 0) return null
  return (
    <div className="flex flex-col gap-1.5">
      <ul aria-label="Files" className="max-h-56 overflow-y-auto rounded-md border border-line">
        {items.map(({ path, action, bytes }) => (
          <li
            key={path}
            className="flex items-baseline gap-3 not-last:border-line not-last:border-b px-3 py-1 text-small"
          >
            <span className={action === 'failed' ? 'w-22 shrink-0 text-bad' : 'w-22 shrink-0 text-ink-muted'}>
              {DONE[action]}
            </span>
            <PathText path={path} className="flex-1 font-mono" />
            <span className="shrink-0 text-ink-muted">
              <Bytes of={bytes} />
            </span>
          </li>
        ))}
      </ul>
      {total > items.length && (
        <p className="text-ink-muted text-small">and {formatCount(total - items.length)} more</p>
      )}
    </div>
  )
}
