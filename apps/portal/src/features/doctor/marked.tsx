import type { ReactNode } from 'react'
import { Glyph } from '#ui/status/glyph.tsx'
import type { Shape, Tone } from '#ui/status/vocabulary.ts'

export type Look = { readonly shape: Shape; readonly tone: Tone }

/** A shape before words, on the line of the text around it. */
export function Marked({ look, title, children }: { look: Look; title?: string; children: ReactNode }) {
  return (
    <span title={title} className="inline-flex min-w-0 max-w-full items-baseline gap-1.5 align-bottom">
      <span className="flex self-center">
        <Glyph shape={look.shape} tone={look.tone} />
      </span>
      <span className="truncate">{children}</span>
    </span>
  )
}
