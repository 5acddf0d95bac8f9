'use client'

/**
 * The folders of a server, to choose from. Each level is fetched when it is opened, because the server is far
 * away; the tree shows what it knows and asks for the rest through `onNeed`.
 *
 * Keys: arrows walk and fold, Space ticks, Enter opens or shuts a folder.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { alwaysDrawn } from '../always-drawn.ts'
import { classNames } from '../class-names.ts'
import { showForeignText } from '../values/foreign-text.ts'
import { EntryRow, NoteRow } from './folder-row.tsx'
import { type Entry, type FolderRow, folderRows, knownChildren, type Listings } from './listing.ts'
import { choose, unchoose } from './selection.ts'

const rowHeightPx = 32
const indentPx = 20

export function FolderTree({
  label,
  listings,
  onNeed,
  chosen,
  onChosen,
  className,
}: {
  /** Whose folders: "Folders of fileserver". */
  label: string
  listings: Listings
  /** Fetch a folder's first items, its next ones, or try again. `folder` is `rootsKey` for the roots. */
  onNeed: (folder: string) => void
  chosen: readonly string[]
  onChosen: (chosen: string[]) => void
  className?: string
}) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [activeKey, setActiveKey] = useState<string>()
  const scroller = useRef<HTMLDivElement>(null)
  const focusWanted = useRef<string>(undefined)
  const rows = useMemo(() => folderRows(listings, open, chosen), [listings, open, chosen])
  const foundAt = rows.findIndex((row) => row.key === activeKey)
  const activeAt = foundAt < 0 ? 0 : foundAt

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 12,
    initialRect: { width: 480, height: 400 },
    getItemKey: (index) => rows[index]?.key ?? index,
    rangeExtractor: alwaysDrawn(activeAt),
  })

  useEffect(() => {
    // The effect of an earlier drawing may come only after a key was pressed: its row is not the wanted one.
    if (focusWanted.current === undefined || focusWanted.current !== activeKey) return
    focusWanted.current = undefined
    virtualizer.scrollToIndex(activeAt)
    scroller.current?.querySelector<HTMLElement>('[tabindex="0"][data-row]')?.focus({ preventScroll: true })
  })

  const setFolderOpen = (entry: Entry, isOpen: boolean) => {
    if (isOpen && !listings.has(entry.path)) onNeed(entry.path)
    setOpen((all) =>
      isOpen ? new Set([...all, entry.path]) : new Set([...all].filter((p) => p !== entry.path)),
    )
  }

  const without = (path: string) => unchoose(path, chosen, (folder) => knownChildren(listings, folder))
  const toggle = (row: FolderRow & { kind: 'entry' }) => {
    const next = row.checked === true ? without(row.entry.path) : choose(row.entry.path, chosen)
    if (next) onChosen(next)
  }

  const goTo = (index: number) => {
    const target = rows[Math.min(rows.length - 1, Math.max(0, index))]
    if (!target) return
    focusWanted.current = target.key
    setActiveKey(target.key)
  }

  const press = (event: KeyboardEvent) => {
    const row = rows[activeAt]
    if (!row || event.metaKey || event.ctrlKey || event.altKey) return
    const folder = row.kind === 'entry' && row.open !== undefined ? row : undefined
    const actions: Record<string, () => void> = {
      ArrowDown: () => goTo(activeAt + 1),
      ArrowUp: () => goTo(activeAt - 1),
      Home: () => goTo(0),
      End: () => goTo(rows.length - 1),
      ArrowRight: () => {
        if (folder?.open) goTo(activeAt + 1)
        else if (folder) setFolderOpen(folder.entry, true)
      },
      ArrowLeft: () => {
        if (folder?.open) setFolderOpen(folder.entry, false)
        else if (row.level > 1)
          goTo(rows.findLastIndex((each, at) => at < activeAt && each.level < row.level))
      },
      Enter: () => {
        if (folder) setFolderOpen(folder.entry, !folder.open)
        else if (row.kind === 'note' && row.note !== 'loading' && row.note !== 'empty') onNeed(row.folder)
      },
      ' ': () => {
        if (row.kind === 'entry') toggle(row)
      },
    }
    const act = actions[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  return (
    <div
      ref={scroller}
      className={classNames('overflow-y-auto rounded-md border border-line bg-surface py-1', className)}
    >
      <div
        role="tree"
        aria-label={label}
        aria-multiselectable="true"
        onKeyDown={press}
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index]
          if (!row) return null
          return (
            <div
              key={item.key}
              ref={virtualizer.measureElement}
              data-index={item.index}
              data-row
              role="treeitem"
              aria-level={row.level}
              aria-selected={row.kind === 'entry' && row.checked === true}
              aria-checked={row.kind === 'entry' ? row.checked : undefined}
              aria-expanded={row.kind === 'entry' ? row.open : undefined}
              aria-label={row.kind === 'entry' ? showForeignText(row.entry.name) : undefined}
              tabIndex={item.index === activeAt ? 0 : -1}
              onFocus={() => setActiveKey(row.key)}
              className="absolute inset-x-1 flex min-h-8 items-center rounded-md pr-3 -outline-offset-2 hover:bg-hover touch:min-h-11"
              style={{ top: item.start, paddingLeft: (row.level - 1) * indentPx }}
            >
              {row.kind === 'entry' ? (
                <EntryRow
                  row={row}
                  isFixed={row.checked === true && without(row.entry.path) === undefined}
                  onToggle={() => toggle(row)}
                  onFold={() => setFolderOpen(row.entry, !row.open)}
                />
              ) : (
                <NoteRow note={row.note} onNeed={() => onNeed(row.folder)} />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
