import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { classNames } from '../class-names.ts'

export type Crumb = { label: string; href: string }

/** Where I am. The last one is the page itself; on a narrow screen it stands alone. */
export function Breadcrumb({ crumbs }: { crumbs: readonly Crumb[] }) {
  const last = crumbs.length - 1
  return (
    <nav aria-label="You are here">
      <ol className="flex min-w-0 items-center gap-1">
        {crumbs.map((crumb, at) => (
          <li
            key={crumb.href}
            className={classNames(
              'flex items-center gap-1',
              at === last ? 'min-w-0' : 'min-w-8 max-w-56 max-md:hidden',
            )}
          >
            {at === last ? (
              <span aria-current="page" className="truncate font-medium">
                {crumb.label}
              </span>
            ) : (
              <>
                <Link href={crumb.href} className="truncate rounded-sm text-ink-muted hover:text-ink">
                  {crumb.label}
                </Link>
                <ChevronRight size={14} className="shrink-0 text-ink-faint" />
              </>
            )}
          </li>
        ))}
      </ol>
    </nav>
  )
}
