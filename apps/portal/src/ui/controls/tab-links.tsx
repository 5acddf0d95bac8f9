'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useEffect, useRef } from 'react'
import { classNames } from '../class-names.ts'

/** Several pages of one thing. Unlike Tabs, each has an address of its own, so that it can be sent to a colleague. */
export function TabLinks({
  label,
  tabs,
}: {
  label: string
  tabs: readonly { label: string; href: string }[]
}) {
  const path = usePathname()
  // A page below a tab's belongs to it; of several, the one with the longest address is meant.
  const [open] = tabs
    .filter(({ href }) => path === href || path.startsWith(`${href}/`))
    .toSorted((one, other) => other.href.length - one.href.length)
  const bar = useRef<HTMLElement>(null)
  const openHref = open?.href

  // On a narrow screen the row is wider than the page: the open one is never out of sight.
  useEffect(() => {
    const link = openHref && bar.current?.querySelector<HTMLElement>('[aria-current]')
    if (!link || !bar.current) return
    bar.current.scrollLeft = link.offsetLeft - (bar.current.clientWidth - link.offsetWidth) / 2
  }, [openHref])

  return (
    <nav
      ref={bar}
      aria-label={label}
      className="relative flex gap-5 overflow-x-auto border-line border-b px-(--page-x) [scrollbar-width:none]"
    >
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          aria-current={tab !== open ? undefined : path === tab.href ? 'page' : 'true'}
          className={classNames(
            '-mb-px flex h-9 touch:h-11 items-center whitespace-nowrap border-b-2 -outline-offset-2 transition-colors duration-100',
            tab === open
              ? 'border-accent font-medium text-ink'
              : 'border-transparent text-ink-muted hover:text-ink',
          )}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  )
}
