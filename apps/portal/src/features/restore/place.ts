'use client'

/**
 * What somebody looks at on the restore page, kept in its address: it survives a reload, the browser's back button leads
 * to the folder before, and a colleague who is sent the address sees the same.
 */
import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback } from 'react'

export type Place = {
  readonly snapshot: string | undefined
  readonly folder: string
  /** Names to find in every snapshot. */
  readonly find: string
  /** The older snapshot that the open one is compared with. */
  readonly since: string | undefined
}

/** What the address leaves out. */
const DEFAULTS: Readonly<Record<string, string>> = { folder: '/' }

export function usePlace(): [Place, (change: Partial<Place>, how?: 'push' | 'replace') => void] {
  const params = useSearchParams()
  const path = usePathname()
  const place: Place = {
    snapshot: params.get('snapshot') ?? undefined,
    folder: params.get('folder') ?? '/',
    find: params.get('find') ?? '',
    since: params.get('since') ?? undefined,
  }
  const go = useCallback(
    (change: Partial<Place>, how: 'push' | 'replace' = 'push') => {
      const next = new URLSearchParams(params)
      for (const [name, value] of Object.entries(change))
        if (value && value !== DEFAULTS[name]) next.set(name, value)
        else next.delete(name)
      const query = next.toString()
      const address = query === '' ? path : `${path}?${query}`
      if (how === 'push') history.pushState(null, '', address)
      else history.replaceState(null, '', address)
    },
    [params, path],
  )
  return [place, go]
}
