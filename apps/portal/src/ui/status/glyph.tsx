/** The shapes of the status vocabulary, drawn on a 16 px grid so that they stay sharp beside 13 px text. */
import type { ReactNode } from 'react'
import { classNames } from '../class-names.ts'
import type { Shape, Tone } from './vocabulary.ts'

const line = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.6, strokeLinecap: 'round' } as const
/** Cut out of a filled shape: the colour of whatever lies behind it. */
const cut = { ...line, stroke: 'var(--glyph-ground, var(--color-surface))', strokeWidth: 1.7 } as const
const ring = <circle cx="8" cy="8" r="5.7" {...line} />
const disc = <circle cx="8" cy="8" r="6.5" fill="currentColor" />
const check = 'm5.2 8.2 2 2 3.6-4.1'

const drawings: Record<Shape, ReactNode> = {
  'disc-check': (
    <>
      {disc}
      <path d={check} {...cut} strokeLinejoin="round" />
    </>
  ),
  'ring-check': (
    <>
      {ring}
      <path d={check} {...line} strokeLinejoin="round" />
    </>
  ),
  'ring-turning': (
    <>
      <circle cx="8" cy="8" r="5.7" {...line} opacity="0.28" />
      <path d="M8 2.3a5.7 5.7 0 0 1 5.7 5.7" {...line} strokeWidth="2" />
    </>
  ),
  'ring-dashed': <circle cx="8" cy="8" r="5.7" {...line} strokeDasharray="1.6 2.88" />,
  'ring-slashed': (
    <>
      {ring}
      <path d="m4 12 8-8" {...line} />
    </>
  ),
  'ring-dot': (
    <>
      {ring}
      <circle cx="8" cy="8" r="2.7" fill="currentColor" />
    </>
  ),
  'ring-question': (
    <>
      {ring}
      <path d="M6.5 6.6a1.55 1.55 0 1 1 2.3 1.35c-.5.28-.8.55-.8 1.05" {...line} strokeWidth="1.4" />
      <circle cx="8" cy="11" r="0.85" fill="currentColor" />
    </>
  ),
  'ring-clock': (
    <>
      {ring}
      <path d="M8 5v3.2l2 1.2" {...line} strokeWidth="1.4" strokeLinejoin="round" />
    </>
  ),
  'ring-arrow': (
    <>
      {ring}
      <path d="M5.4 8h5M8.4 5.9 10.5 8l-2.1 2.1" {...line} strokeWidth="1.4" strokeLinejoin="round" />
    </>
  ),
  'square-hollow': <rect x="2.9" y="2.9" width="10.2" height="10.2" rx="2" {...line} />,
  'triangle-alert': (
    <>
      <path
        d="M8 1.9 14.6 13.3H1.4Z"
        fill="currentColor"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      <path d="M8 6v3.2" {...cut} />
      <circle cx="8" cy="11.5" r="0.95" fill="var(--glyph-ground, var(--color-surface))" />
    </>
  ),
  'octagon-cross': (
    <>
      <path d="M5.2 1.3h5.6l3.9 3.9v5.6l-3.9 3.9H5.2l-3.9-3.9V5.2Z" fill="currentColor" />
      <path d="m5.7 5.7 4.6 4.6m0-4.6-4.6 4.6" {...cut} />
    </>
  ),
  'disc-bar': (
    <>
      {disc}
      <path d="M4.9 8h6.2" {...cut} strokeWidth="2" />
    </>
  ),
}

const toneClasses: Record<Tone, string> = {
  good: 'text-good',
  busy: 'text-busy',
  warn: 'text-warn',
  bad: 'text-bad',
  away: 'text-away',
  none: 'text-none',
}

/** One shape in one tone. Silent to a screen reader: the word beside it, or its owner's label, speaks. */
export function Glyph({ shape, tone, size = 16 }: { shape: Shape; tone: Tone; size?: number }) {
  const turning = shape === 'ring-turning' && 'animate-turn'
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={classNames('shrink-0', toneClasses[tone], turning)}
    >
      {drawings[shape]}
    </svg>
  )
}
