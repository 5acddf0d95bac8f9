import type { ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { Button } from '../controls/button.tsx'
import { Glyph } from '../status/glyph.tsx'
import { ForeignText } from '../values/foreign.tsx'
import type { Problem } from './problem.ts'

/** What stands where something should have been: what happened, what it means, what to do. */
export function ErrorState({
  problem,
  detail,
  onRetry,
  retrying,
  actions,
  className,
}: {
  problem: Problem
  /** What another program said, word for word. */
  detail?: string
  onRetry?: () => void
  retrying?: boolean
  actions?: ReactNode
  className?: string
}) {
  return (
    <div
      role="alert"
      className={classNames('flex max-w-150 items-start gap-3 px-(--page-x,1rem) py-5', className)}
    >
      <span className="flex h-5 items-center">
        <Glyph shape="octagon-cross" tone="bad" />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-2">
        <div>
          <p className="font-semibold">{problem.title}</p>
          <p className="text-ink-muted">{problem.meaning}</p>
        </div>
        <p>{problem.todo}</p>
        {detail && (
          <pre className="max-h-40 overflow-auto whitespace-pre-wrap rounded-md border border-line bg-sunken px-3 py-2 font-mono text-ink-muted text-small">
            <ForeignText>{detail}</ForeignText>
          </pre>
        )}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          {onRetry && (
            <Button size="small" onClick={onRetry} pending={retrying}>
              Try again
            </Button>
          )}
          {actions}
          <code className="font-mono text-ink-faint text-small">{problem.code}</code>
        </div>
      </div>
    </div>
  )
}
