'use client'

import { ChevronRight } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { showForeignText } from '../values/foreign-text.ts'
import type { PathPart } from './path-parts.ts'

/** The way to a folder, each part of which leads back there: All folders › srv › data. */
export function PathBar({
  root,
  parts,
  onGo,
}: {
  /** What stands for the top: "All folders". */
  root: string
  parts: readonly PathPart[]
  onGo: (path: string) => void
}) {
  const places = [{ name: root, path: '/' }, ...parts]
  const last = places.length - 1
  // Where one is matters more than where it begins.
  const bar = useRef<HTMLElement>(null)
  const here = parts.at(-1)?.path
  useEffect(() => {
    if (here !== undefined) bar.current?.scrollTo({ left: bar.current.scrollWidth })
  }, [here])
  return (
    <nav ref={bar} aria-label="Folder" className="min-w-0 overflow-x-auto [scrollbar-width:none]">
      <ol className="flex items-center gap-0.5">
        {places.map((place, at) => (
          <li key={place.path} className="flex shrink-0 items-center gap-0.5">
            {at > 0 && <ChevronRight size={14} className="shrink-0 text-ink-faint" aria-hidden="true" />}
            <button
              type="button"
              onClick={() => onGo(place.path)}
              aria-current={at === last ? 'location' : undefined}
              className="h-7 touch:h-10 max-w-56 truncate rounded-md px-1.5 text-ink-muted hover:bg-hover hover:text-ink aria-[current]:font-medium aria-[current]:text-ink"
            >
              <bdi>{showForeignText(place.name)}</bdi>
            </button>
          </li>
        ))}
      </ol>
    </nav>
  )
}
