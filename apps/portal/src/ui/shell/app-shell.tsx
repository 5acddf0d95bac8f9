'use client'

/**
 * The frame of every page of the console: the tree on the left, where one is on top, the page, and details on
 * the right. The window itself scrolls; tree, top bar and details stay.
 *
 * On a narrow screen there is one thing at a time: the tree is the first screen (`atHome`), every other page
 * covers it and leads back.
 */
import { ChevronLeft } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { Mark } from '../theme/mark.tsx'

export function AppShell({
  providerName,
  homeHref,
  atHome,
  summary,
  tree,
  account,
  breadcrumb,
  tools,
  pane,
  children,
}: {
  providerName: string
  homeHref: string
  atHome: boolean
  /** Narrow screens only: the answer in one line, above the tree. */
  summary?: ReactNode
  /** A TreePane. */
  tree: ReactNode
  /** Who is signed in: at the foot of the tree. */
  account: ReactNode
  breadcrumb: ReactNode
  /** At the right of the top bar: the palette's button, and little else. */
  tools: ReactNode
  /** A RightPane, or nothing. */
  pane?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="min-h-dvh [--page-x:1rem] [--top-bar-height:3rem] md:grid md:grid-cols-[17rem_minmax(0,1fr)] md:[--page-x:1.5rem] print:block print:[--page-x:0rem]">
      <a
        href="#main"
        className="sr-only rounded-md bg-raised shadow-float focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:px-3 focus:py-2"
      >
        Skip to the page
      </a>
      <div
        className={classNames(
          'top-0 flex h-dvh min-h-0 flex-col border-line bg-canvas [--glyph-ground:var(--color-canvas)] md:sticky md:border-r print:hidden',
          !atHome && 'max-md:hidden',
        )}
      >
        <div className="flex h-12 shrink-0 items-center justify-between gap-2 pr-2 pl-4">
          <Link href={homeHref} className="flex min-w-0 items-center gap-2.5 rounded-sm font-semibold">
            <Mark />
            <span className="truncate">{providerName}</span>
          </Link>
          <span className="md:hidden">{tools}</span>
        </div>
        {summary && <div className="border-line border-y bg-surface px-4 py-3 md:hidden">{summary}</div>}
        <nav aria-label="Customers and servers" className="flex min-h-0 flex-1 flex-col">
          {tree}
        </nav>
        <div className="shrink-0 border-line border-t p-2">{account}</div>
      </div>

      <div className={classNames('flex min-h-dvh min-w-0 flex-col bg-surface', atHome && 'max-md:hidden')}>
        <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-2 border-line border-b bg-surface pr-3 pl-(--page-x) max-md:pl-1 print:hidden">
          <Link
            href={homeHref}
            aria-label="All customers"
            className="grid size-10 shrink-0 place-items-center rounded-md text-ink-muted hover:bg-hover md:hidden"
          >
            <ChevronLeft size={20} />
          </Link>
          <div className="min-w-0 flex-1">{breadcrumb}</div>
          <div className="flex shrink-0 items-center gap-1">{tools}</div>
        </header>
        <div className="flex min-w-0 flex-1 items-stretch">
          <main id="main" tabIndex={-1} className="min-w-0 flex-1 pb-16 outline-none">
            {children}
          </main>
          {pane}
        </div>
      </div>
    </div>
  )
}
