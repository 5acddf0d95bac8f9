'use client'

import { CloseButton } from '../controls/close-button.tsx'
import { PathText } from '../values/foreign.tsx'
import { showForeignText } from '../values/foreign-text.ts'
import { formatCounted } from '../values/format.ts'

/** The paths that are chosen so far, each with a way to take it out again. */
export function ChosenPaths({
  chosen,
  onChosen,
}: {
  chosen: readonly string[]
  onChosen: (chosen: string[]) => void
}) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <p className="text-ink-muted" role="status">
        {chosen.length === 0 ? 'Nothing chosen yet' : `${formatCounted(chosen.length, 'item')} chosen`}
      </p>
      {chosen.length > 0 && (
        <ul className="max-h-40 overflow-y-auto rounded-md border border-line">
          {chosen.map((path) => (
            <li key={path} className="flex items-center gap-2 not-last:border-line not-last:border-b pl-3">
              <PathText path={path} className="flex-1 font-mono text-small" />
              <CloseButton
                label={`Take out ${showForeignText(path)}`}
                className="size-7"
                onClick={() => onChosen(chosen.filter((each) => each !== path))}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
