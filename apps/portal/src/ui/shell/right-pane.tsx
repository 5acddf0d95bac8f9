'use client'

/**
 * Details of one thing beside the list it is in. With room it stands next to the list, and the focus stays
 * there: the arrow keys leaf through, the pane follows. Without, it lies over the list and takes the focus.
 */
import { type ReactNode, useEffect, useId, useRef } from 'react'
import { CloseButton } from '../controls/close-button.tsx'
import { useKey } from '../keys/keys.tsx'

/** From this width on (Tailwind's xl) the pane has its own column. */
const hasOwnColumn = '(min-width: 80rem)'

export function RightPane({
  title,
  kind,
  onClose,
  actions,
  children,
}: {
  title: ReactNode
  /** What it is, in small above the title: "Run". */
  kind: string
  onClose: () => void
  /** What one can do with it: below the title, always in sight. */
  actions?: ReactNode
  children: ReactNode
}) {
  const pane = useRef<HTMLElement>(null)
  const titleId = useId()
  useKey({ keys: 'escape', does: 'Close the details', group: 'Here' }, onClose)

  useEffect(() => {
    if (matchMedia(hasOwnColumn).matches) return
    const before = document.activeElement
    pane.current?.focus()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])

  return (
    <aside
      ref={pane}
      tabIndex={-1}
      aria-labelledby={titleId}
      className="fixed inset-y-0 right-0 z-30 w-full animate-slide-in bg-surface outline-none [--page-x:1rem] max-xl:shadow-float sm:max-w-110 xl:static xl:z-auto xl:w-104 xl:shrink-0 xl:animate-none xl:border-line xl:border-l"
    >
      <div className="flex h-dvh flex-col xl:sticky xl:top-(--top-bar-height) xl:h-[calc(100dvh-var(--top-bar-height))]">
        <div className="flex shrink-0 flex-col gap-3 border-line border-b px-4 py-3">
          <div className="flex items-start gap-2">
            <div className="min-w-0 flex-1">
              <p className="text-ink-faint text-small">{kind}</p>
              <h2 id={titleId} className="truncate font-semibold text-lead">
                {title}
              </h2>
            </div>
            <CloseButton label="Close details" onClick={onClose} className="-mt-1 -mr-2" />
          </div>
          {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
        </div>
        <div className="flex min-h-0 flex-1 flex-col gap-6 overflow-y-auto px-4 pt-4 pb-16">{children}</div>
      </div>
    </aside>
  )
}
