'use client'

/**
 * The snapshots of a server on a time line, newest first. Years of them are some thousands, so only those near the eye
 * are drawn. Arrow keys walk, and what is walked to is opened.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import type { Outputs } from '#trpc/root.ts'
import { alwaysDrawn } from '#ui/always-drawn.ts'
import { classNames } from '#ui/class-names.ts'
import { stepInList } from '#ui/table/list-keys.ts'
import { ForeignText } from '#ui/values/foreign.tsx'
import { formatBytes, formatCount } from '#ui/values/format.ts'
import { timeLine } from './snapshot-days.ts'

export type Snapshot = Outputs['restore']['snapshots']['snapshots'][number]

const DAY_PX = 32
const SNAPSHOT_PX = 48

export function SnapshotList({
  snapshots,
  openId,
  onOpen,
  siteZone,
  className,
}: {
  snapshots: readonly Snapshot[]
  openId: string | undefined
  onOpen: (snapshot: Snapshot) => void
  siteZone: string
  className?: string
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const takeFocus = useRef(false)
  const rows = useMemo(() => timeLine(snapshots, siteZone, new Date()), [snapshots, siteZone])
  const openAt = rows.findIndex((row) => row.key === openId)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'day' ? DAY_PX : SNAPSHOT_PX),
    overscan: 12,
    initialRect: { width: 280, height: 600 },
    getItemKey: (index) => rows[index]?.key ?? index,
    rangeExtractor: alwaysDrawn(openAt < 0 ? undefined : openAt),
  })

  useEffect(() => {
    if (openAt >= 0) virtualizer.scrollToIndex(openAt)
    if (!takeFocus.current) return
    takeFocus.current = false
    scroller.current?.querySelector<HTMLElement>('[aria-selected="true"]')?.focus({ preventScroll: true })
  }, [openAt, virtualizer])

  const walk = (event: KeyboardEvent) => {
    const at = snapshots.findIndex(({ id }) => id === openId)
    const target = stepInList(event.key, at < 0 ? undefined : at, snapshots.length)
    const snapshot = target === undefined ? undefined : snapshots[target]
    if (!snapshot) return
    event.preventDefault()
    takeFocus.current = true
    onOpen(snapshot)
  }

  return (
    <div ref={scroller} className={classNames('overflow-y-auto', className)}>
      <div
        role="listbox"
        aria-label="Snapshots"
        onKeyDown={walk}
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index]
          if (!row) return null
          const style = { top: item.start, height: item.size }
          return row.kind === 'day' ? (
            <div
              key={item.key}
              role="presentation"
              style={style}
              className="absolute inset-x-0 flex items-end px-4 pb-1 font-medium text-ink-muted text-small"
            >
              {row.day}
            </div>
          ) : (
            <SnapshotOption
              key={item.key}
              snapshot={row.snapshot}
              isOpen={item.index === openAt}
              isEntrance={openAt < 0 ? item.index === 1 : item.index === openAt}
              onOpen={() => onOpen(row.snapshot)}
              siteZone={siteZone}
              style={style}
            />
          )
        })}
      </div>
    </div>
  )
}

function SnapshotOption({
  snapshot,
  isOpen,
  isEntrance,
  onOpen,
  siteZone,
  style,
}: {
  snapshot: Snapshot
  isOpen: boolean
  isEntrance: boolean
  onOpen: () => void
  siteZone: string
  style: { top: number; height: number }
}) {
  return (
    <div
      role="option"
      aria-selected={isOpen}
      tabIndex={isEntrance ? 0 : -1}
      onClick={onOpen}
      onKeyDown={(event) => event.key === 'Enter' && onOpen()}
      style={style}
      className={classNames(
        'absolute inset-x-0 flex cursor-default flex-col justify-center px-4 -outline-offset-2',
        isOpen ? 'bg-selected' : 'hover:bg-hover',
      )}
    >
      <span className="flex items-baseline gap-2">
        <span className="font-medium tabular-nums">{clockTime(snapshot.at, siteZone)}</span>
        <span className="min-w-0 flex-1 truncate">
          <ForeignText>{snapshot.planName ?? snapshot.repositoryName}</ForeignText>
        </span>
        {snapshot.bytes !== null && (
          <span className="shrink-0 text-ink-muted text-small tabular-nums">
            {formatBytes(snapshot.bytes)}
          </span>
        )}
      </span>
      <span className="truncate text-ink-muted text-small">{whatChanged(snapshot)}</span>
    </div>
  )
}

function clockTime(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)
}

function whatChanged({ changes, ofServer }: Snapshot): string {
  if (ofServer !== null) return `Of the server ${ofServer}`
  if (changes === null) return 'Not made by a plan of this portal'
  const { filesNew, filesChanged } = changes
  if (filesNew === 0 && filesChanged === 0) return 'Nothing new'
  return `${formatCount(filesNew)} new, ${formatCount(filesChanged)} changed`
}
