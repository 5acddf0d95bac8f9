'use client'

import Link from 'next/link'
import { usePathname } from 'next/navigation'
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
  return (
    <nav
      aria-label={label}
      className="flex gap-5 overflow-x-auto border-line border-b px-(--page-x) [scrollbar-width:none]"
    >
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          aria-current={path === tab.href ? 'page' : undefined}
          className={classNames(
            '-mb-px flex h-9 touch:h-11 items-center whitespace-nowrap border-b-2 -outline-offset-2 transition-colors duration-100',
            path === tab.href
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
