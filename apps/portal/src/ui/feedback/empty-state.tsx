import type { ReactNode } from 'react'
import { classNames } from '../class-names.ts'

/** Nothing here yet: says why that is, and offers the next step. Left-aligned, where the content will be. */
export function EmptyState({
  title,
  children,
  action,
  className,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  className?: string
}) {
  return (
    <div
      className={classNames('flex max-w-130 flex-col items-start gap-3 px-(--page-x,1rem) py-5', className)}
    >
      <div>
        <p className="font-semibold">{title}</p>
        {children && <div className="text-ink-muted">{children}</div>}
      </div>
      {action}
    </div>
  )
}
