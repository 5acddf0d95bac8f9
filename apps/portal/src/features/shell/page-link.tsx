'use client'

import Link from 'next/link'
import { usePathname, useRouter } from 'next/navigation'
import { Button } from '#ui/controls/button.tsx'
import { useKey } from '#ui/keys/keys.tsx'
import type { ConsolePage } from './pages.ts'

/** One page in the bar, and its key. On a narrow screen only its picture has room. */
export function PageLink({ page: { href, name, title, keys, icon: Icon } }: { page: ConsolePage }) {
  const pathname = usePathname()
  const router = useRouter()
  useKey({ keys, does: `Go to the ${lowerFirst(title)}`, group: 'Everywhere' }, () => router.push(href))
  return (
    <Button look="quiet" asChild className="touch:px-2 max-sm:px-2">
      <Link href={href} aria-current={pathname === href ? 'page' : undefined}>
        <Icon size={16} aria-hidden className="sm:hidden" />
        <span className="max-sm:sr-only">{name}</span>
      </Link>
    </Button>
  )
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
