'use client'

/**
 * What somebody looks at on the restore page, kept in its address: it survives a reload, the browser's back button leads
 * to the folder before, and a colleague who is sent the address sees the same.
 */
import { usePathname, useSearchParams } from 'next/navigation'
import { useCallback } from 'react'

export type Place = {
  readonly snapshot: string | undefined
  /** Undefined: nobody has opened one yet. */
  readonly folder: string | undefined
  /** Names to find in every snapshot. */
  readonly find: string
  /** The older snapshot that the open one is compared with. */
  readonly since: string | undefined
}

export function usePlace(): [Place, (change: Partial<Place>, how?: 'push' | 'replace') => void] {
  const params = useSearchParams()
  const path = usePathname()
  const place: Place = {
    snapshot: params.get('snapshot') ?? undefined,
    folder: params.get('folder') ?? undefined,
    find: params.get('find') ?? '',
    since: params.get('since') ?? undefined,
  }
  const go = useCallback(
    (change: Partial<Place>, how: 'push' | 'replace' = 'push') => {
      const next = new URLSearchParams(params)
      for (const [name, value] of Object.entries(change))
        if (value) next.set(name, value)
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
