import type { ReactNode } from 'react'
import { Glyph } from '../status/glyph.tsx'
import { type Health, vocabulary } from '../status/vocabulary.ts'

/**
 * How each page opens: with the sentence that the person came for ("3 of 412 servers are not protected"),
 * then the evidence, then what can be done.
 */
export function Answer({
  health,
  evidence,
  actions,
  children,
}: {
  /** Drawn before the sentence when it is about health. */
  health?: Health
  evidence?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <div className="flex flex-wrap items-start gap-x-6 gap-y-3 px-(--page-x) pt-5 pb-4">
      <div className="min-w-60 flex-1">
        <h1 className="flex gap-2.5 text-balance font-semibold text-answer tracking-[-0.012em]">
          {health && (
            <span className="flex h-7 items-center">
              <Glyph
                shape={vocabulary.health[health].shape}
                tone={vocabulary.health[health].tone}
                size={20}
              />
              <span className="sr-only">{vocabulary.health[health].word}: </span>
            </span>
          )}
          <span className="min-w-0">{children}</span>
        </h1>
        {evidence && <div className="mt-1 text-ink-muted">{evidence}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-start gap-2">{actions}</div>}
    </div>
  )
}
