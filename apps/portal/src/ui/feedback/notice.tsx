import type { ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import { Glyph } from '../status/glyph.tsx'
import type { Shape, Tone } from '../status/vocabulary.ts'

const looks = {
  info: {
    shape: 'ring-dot',
    tone: 'busy',
    frame: 'bg-accent-tint [--glyph-ground:var(--color-accent-tint)]',
  },
  warning: {
    shape: 'triangle-alert',
    tone: 'warn',
    frame: 'bg-warn-tint [--glyph-ground:var(--color-warn-tint)]',
  },
  problem: {
    shape: 'octagon-cross',
    tone: 'bad',
    frame: 'bg-bad-tint [--glyph-ground:var(--color-bad-tint)]',
  },
} as const satisfies Record<string, { shape: Shape; tone: Tone; frame: string }>

/** A sentence or two inside a page or a form that a person should not pass over. */
export function Notice({
  look = 'info',
  title,
  action,
  className,
  children,
}: {
  look?: keyof typeof looks
  title?: string
  action?: ReactNode
  className?: string
  children?: ReactNode
}) {
  const { shape, tone, frame } = looks[look]
  return (
    <div
      role={look === 'problem' ? 'alert' : 'note'}
      className={classNames('flex items-start gap-2.5 rounded-md px-3 py-2', frame, className)}
    >
      <span className="flex h-5 items-center">
        <Glyph shape={shape} tone={tone} />
      </span>
      <div className="min-w-0 flex-1">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className={classNames(title && 'text-ink-muted')}>{children}</div>}
      </div>
      {action}
    </div>
  )
}
