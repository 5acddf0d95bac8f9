'use client'

import { Tooltip } from 'radix-ui'
import { useSyncExternalStore } from 'react'
import { classNames } from '../class-names.ts'
import { useTickingText } from './clock.ts'
import { formatDateTime, formatDuration, formatRelative, formatZone } from './format.ts'

/**
 * A moment, as its distance from now; it ticks. Hovering tells the absolute time twice: where the server
 * stands, and where the person sits. Moments are in the past unless they are marked as `future`: the two
 * clocks may differ a little, and what has happened must never read "in 2 s".
 */
export function Time({
  at,
  siteZone,
  future = false,
  className,
}: {
  at: Date | number
  /** IANA zone of the site. */
  siteZone?: string
  future?: boolean
  className?: string
}) {
  const atMs = Number(at)
  const text = useTickingText((nowMs) => formatRelative(future ? atMs : Math.min(atMs, nowMs), nowMs))
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <time
          dateTime={new Date(atMs).toISOString()}
          suppressHydrationWarning
          className={classNames('whitespace-nowrap tabular-nums', className)}
        >
          {text}
        </time>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 rounded-md bg-raised px-2.5 py-1.5 text-small shadow-float"
        >
          <AbsoluteTimes atMs={atMs} siteZone={siteZone} />
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}

/** A moment in the zones that matter, written out: for tooltips and for a details pane. */
export function AbsoluteTimes({ atMs, siteZone }: { atMs: number; siteZone?: string }) {
  const myZone = useMyZone()
  const lines = [
    ...(siteZone && siteZone !== myZone ? [{ zone: siteZone, whose: 'at the site' }] : []),
    { zone: myZone, whose: siteZone === myZone ? 'at the site and here' : 'here' },
  ]
  return (
    <span className="inline-flex flex-col tabular-nums">
      {lines.map(({ zone, whose }) => (
        <span key={zone} className="flex flex-wrap gap-x-1.5">
          <span className="whitespace-nowrap">
            {formatDateTime(atMs, zone)} {formatZone(atMs, zone)}
          </span>
          <span className="whitespace-nowrap text-ink-muted">{whose}</span>
        </span>
      ))}
    </span>
  )
}

/** The zone of this browser. A page that the server draws knows only UTC until it is in the browser. */
function useMyZone(): string {
  return useSyncExternalStore(
    () => () => {},
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => 'UTC',
  )
}

/** How long something has been going on: "3 min 12 s". It ticks. */
export function Elapsed({ since, className }: { since: Date | number; className?: string }) {
  const text = useTickingText((nowMs) => formatDuration(Math.max(0, nowMs - Number(since))))
  return (
    <span suppressHydrationWarning className={classNames('whitespace-nowrap tabular-nums', className)}>
      {text}
    </span>
  )
}
