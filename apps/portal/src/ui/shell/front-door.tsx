import type { ReactNode } from 'react'
import { Mark } from '../theme/mark.tsx'

/** The page outside the console: signing in, and the first run. One column, one task. */
export function FrontDoor({
  title,
  intro,
  children,
  footnote,
}: {
  title: string
  intro?: ReactNode
  children: ReactNode
  footnote?: ReactNode
}) {
  return (
    <div className="grid min-h-dvh grid-rows-[1fr_auto] bg-surface">
      <main className="mx-auto flex w-full max-w-100 flex-col px-5 pt-[min(16dvh,9rem)] pb-12">
        <Mark size={32} />
        <h1 className="pt-5 font-semibold text-answer tracking-[-0.012em]">{title}</h1>
        {intro && <p className="pt-1 text-ink-muted">{intro}</p>}
        <div className="pt-6">{children}</div>
      </main>
      {footnote && (
        <footer className="mx-auto w-full max-w-100 px-5 py-5 text-ink-faint text-small">{footnote}</footer>
      )}
    </div>
  )
}
