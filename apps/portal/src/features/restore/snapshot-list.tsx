'use client'

/**
 * The snapshots of a server on a time line, newest first. Years of them are some thousands, so only those near the eye
 * are drawn. Arrow keys walk, and what is walked to is opened; in a dialog, what is chosen there by Enter or a click.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type FocusEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
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
  isChoice = false,
  siteZone,
  className,
}: {
  snapshots: readonly Snapshot[]
  openId: string | undefined
  /** What is walked to takes the place of what was walked from: going back skips the way between. */
  onOpen: (snapshot: Snapshot, how?: 'push' | 'replace') => void
  /** Opening one is the end of it: walking only looks. */
  isChoice?: boolean
  siteZone: string
  className?: string
}) {
  const scroller = useRef<HTMLDivElement>(null)
  /** Where the keys are; the address, and with it what is open, follows a little later. */
  const [activeId, setActiveId] = useState<string>()
  const focusWanted = useRef<string>(undefined)
  const rows = useMemo(() => timeLine(snapshots, siteZone, new Date()), [snapshots, siteZone])
  const openAt = rows.findIndex((row) => row.key === openId)
  const activeAt = rows.findIndex((row) => row.key === (activeId ?? openId))
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === 'day' ? DAY_PX : SNAPSHOT_PX),
    overscan: 12,
    initialRect: { width: 280, height: 600 },
    getItemKey: (index) => rows[index]?.key ?? index,
    rangeExtractor: alwaysDrawn(activeAt < 0 ? undefined : activeAt),
  })

  useEffect(() => {
    if (activeAt >= 0) virtualizer.scrollToIndex(activeAt)
  }, [activeAt, virtualizer])

  useEffect(() => {
    // The effect of an earlier drawing may come only after a key was pressed: its row is not the wanted one.
    if (focusWanted.current === undefined || focusWanted.current !== activeId) return
    focusWanted.current = undefined
    scroller.current
      ?.querySelector<HTMLElement>('[role="option"][tabindex="0"]')
      ?.focus({ preventScroll: true })
  })

  const walk = (event: KeyboardEvent) => {
    const at = snapshots.findIndex(({ id }) => id === (activeId ?? openId))
    const target = stepInList(event.key, at < 0 ? undefined : at, snapshots.length)
    const snapshot = target === undefined ? undefined : snapshots[target]
    if (!snapshot) return
    event.preventDefault()
    focusWanted.current = snapshot.id
    setActiveId(snapshot.id)
    if (!isChoice) onOpen(snapshot, 'replace')
  }

  /** Whoever comes back begins where the open one is. */
  const leave = ({ currentTarget, relatedTarget }: FocusEvent) => {
    if (!currentTarget.contains(relatedTarget)) setActiveId(undefined)
  }

  return (
    <div ref={scroller} className={classNames('overflow-y-auto', className)}>
      <div
        role="listbox"
        aria-label="Snapshots"
        onKeyDown={walk}
        onBlur={leave}
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
              isEntrance={item.index === (activeAt < 0 ? 1 : activeAt)}
              onOpen={() => {
                setActiveId(row.snapshot.id)
                onOpen(row.snapshot)
              }}
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
