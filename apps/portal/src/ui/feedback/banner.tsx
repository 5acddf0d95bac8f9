import type { ReactNode } from 'react'
import { Glyph } from '../status/glyph.tsx'

/**
 * A quiet bar for what concerns everything on the screen: "Connection lost. What you see is from 14:03."
 * It lies over the bottom edge, so that nothing moves under the pointer when it comes and goes.
 */
export function Banner({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div
      role="status"
      data-banner
      className="fixed right-0 bottom-0 left-0 z-30 flex min-h-9 items-center gap-2.5 border-line border-t bg-warn-tint px-4 py-1 md:left-68 print:hidden [--glyph-ground:var(--color-warn-tint)]"
    >
      <Glyph shape="triangle-alert" tone="warn" />
      <div className="min-w-0 flex-1">{children}</div>
      {action}
    </div>
  )
}
