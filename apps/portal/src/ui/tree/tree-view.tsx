'use client'

/**
 * Customers, sites and servers in the left column. A folder shows the worst health in it and how many of its
 * servers are not protected, so that trouble is seen without unfolding anything.
 *
 * Only the rows in sight are drawn; ten thousand servers fold and filter as fast as ten.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { alwaysDrawn } from '../always-drawn.ts'
import { classNames } from '../class-names.ts'
import { countServers, countUnprotected, healthInWords, worstHealth } from '../status/roll-up.ts'
import { Status } from '../status/status.tsx'
import { vocabulary } from '../status/vocabulary.ts'
import { formatCount } from '../values/format.ts'
import { foldersAbove, moveInTree, type TreeFilter, type TreeNode, type TreeRow, treeRows } from './rows.ts'

const rowHeightPx = 30
const rowHeightTouchPx = 44
const indentPx = 16

export function TreeView({
  label,
  nodes,
  filter,
  currentId,
  empty,
}: {
  label: string
  nodes: readonly TreeNode[]
  filter: TreeFilter
  /** The node whose page is open: marked, and its folders unfolded. */
  currentId?: string
  /** What to say when the filter leaves nothing. */
  empty: ReactNode
}) {
  const router = useRouter()
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(
    () => new Set(firstUnfolded(nodes, currentId)),
  )
  const [activeId, setActiveId] = useState(currentId)
  const scroller = useRef<HTMLDivElement>(null)
  const focusWanted = useRef<string>(undefined)

  const rows = useMemo(() => treeRows(nodes, unfolded, filter), [nodes, unfolded, filter])
  const foundAt = rows.findIndex((row) => row.node.id === activeId)
  const activeAt = foundAt < 0 ? 0 : foundAt
  const heightPx = useRowHeight()

  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => heightPx,
    overscan: 10,
    initialRect: { width: 272, height: 800 },
    getItemKey: (index) => rows[index]?.node.id ?? index,
    rangeExtractor: alwaysDrawn(activeAt),
  })

  // Whoever arrives at a server's page finds it in the tree.
  const nodesNow = useRef(nodes)
  useEffect(() => {
    nodesNow.current = nodes
  })
  useEffect(() => {
    if (currentId === undefined) return
    setActiveId(currentId)
    setUnfolded((open) => new Set([...open, ...foldersAbove(nodesNow.current, currentId)]))
  }, [currentId])

  useEffect(() => {
    // The effect of an earlier drawing may come only after a key was pressed: its row is not the wanted one.
    if (focusWanted.current === undefined || focusWanted.current !== activeId) return
    focusWanted.current = undefined
    virtualizer.scrollToIndex(activeAt)
    scroller.current
      ?.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')
      ?.focus({ preventScroll: true })
  })

  const setFolded = (id: string, folded: boolean) =>
    setUnfolded((open) =>
      folded ? new Set([...open].filter((each) => each !== id)) : new Set([...open, id]),
    )

  const press = (event: KeyboardEvent) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return
    const row = rows[activeAt]
    if (event.key === 'Enter' && row) {
      event.preventDefault()
      router.push(row.node.href)
      return
    }
    const move = moveInTree(rows, row?.node.id, event.key)
    if (!move) return
    event.preventDefault()
    if (move.fold) setFolded(move.fold, true)
    if (move.unfold) setFolded(move.unfold, false)
    if (move.to) {
      focusWanted.current = move.to
      setActiveId(move.to)
    }
  }

  if (rows.length === 0) return <div className="flex-1 px-4 py-3 text-ink-muted">{empty}</div>
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto overflow-x-hidden pb-4">
      <div
        role="tree"
        aria-label={label}
        onKeyDown={press}
        className="relative"
        style={{ height: virtualizer.getTotalSize() }}
      >
        {virtualizer.getVirtualItems().map((item) => {
          const row = rows[item.index]
          return (
            row && (
              <Row
                key={item.key}
                row={row}
                topPx={item.start}
                heightPx={item.size}
                isActive={item.index === activeAt}
                isCurrent={row.node.id === currentId}
                onActive={() => setActiveId(row.node.id)}
                onFold={() => setFolded(row.node.id, row.unfolded === true)}
              />
            )
          )
        })}
      </div>
    </div>
  )
}

function Row({
  row,
  topPx,
  heightPx,
  isActive,
  isCurrent,
  onActive,
  onFold,
}: {
  row: TreeRow
  topPx: number
  heightPx: number
  isActive: boolean
  isCurrent: boolean
  onActive: () => void
  onFold: () => void
}) {
  const { node, counts, level, unfolded } = row
  const worst = worstHealth(counts)
  const unprotected = countUnprotected(counts)
  const isFolder = node.kind !== 'server'
  return (
    <div
      role="treeitem"
      aria-level={level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={unfolded}
      aria-current={isCurrent ? 'page' : undefined}
      aria-selected={isCurrent}
      aria-label={`${node.label}, ${node.kind === 'server' ? vocabulary.health[node.health].word : healthInWords(counts)}`}
      tabIndex={isActive ? 0 : -1}
      onFocus={onActive}
      className="absolute inset-x-0 px-2 outline-none [&:focus-visible>div]:outline-2"
      style={{ top: topPx, height: heightPx }}
    >
      <div
        className={classNames(
          'flex h-full items-center rounded-md pr-2 -outline-offset-1 outline-accent hover:bg-hover hover:[--glyph-ground:var(--color-hover)]',
          isCurrent &&
            'bg-selected [--glyph-ground:var(--color-selected)] hover:bg-selected hover:[--glyph-ground:var(--color-selected)]',
        )}
        style={{ paddingLeft: (level - 1) * indentPx }}
      >
        {isFolder ? (
          <button
            type="button"
            tabIndex={-1}
            aria-hidden="true"
            onClick={onFold}
            className="grid h-full w-6 shrink-0 touch:w-9 place-items-center text-ink-faint hover:text-ink"
          >
            <ChevronRight
              size={14}
              className={classNames('transition-transform duration-100', unfolded && 'rotate-90')}
            />
          </button>
        ) : (
          <span className="w-6 shrink-0 touch:w-9" />
        )}
        <Link
          href={node.href}
          tabIndex={-1}
          // Ten thousand links in sight of each other must not fetch ten thousand pages.
          prefetch={false}
          className={classNames(
            'flex h-full min-w-0 flex-1 items-center gap-2',
            node.kind === 'customer' && 'font-medium',
          )}
        >
          {worst ? <Status kind="health" state={worst} quiet /> : <span className="size-4 shrink-0" />}
          <span className="min-w-0 flex-1 truncate">{node.label}</span>
          {isFolder && (
            <span
              title={healthInWords(counts)}
              className={classNames(
                'shrink-0 text-small tabular-nums',
                unprotected > 0 ? 'text-ink' : 'text-ink-faint',
              )}
            >
              {unprotected > 0 && <span className="font-medium">{formatCount(unprotected)}</span>}
              {unprotected > 0 && <span className="text-ink-faint"> / </span>}
              <span className="text-ink-faint">{formatCount(countServers(counts))}</span>
            </span>
          )}
        </Link>
      </div>
    </div>
  )
}

/** A single customer is unfolded from the start: there is nothing to choose from. */
function firstUnfolded(nodes: readonly TreeNode[], currentId: string | undefined): string[] {
  const only = nodes.length === 1 ? nodes.map((node) => node.id) : []
  return currentId === undefined ? only : [...only, ...foldersAbove(nodes, currentId)]
}

function useRowHeight(): number {
  const [heightPx, setHeightPx] = useState(rowHeightPx)
  useEffect(() => {
    const coarse = matchMedia('(pointer: coarse)')
    const read = () => setHeightPx(coarse.matches ? rowHeightTouchPx : rowHeightPx)
    read()
    coarse.addEventListener('change', read)
    return () => coarse.removeEventListener('change', read)
  }, [])
  return heightPx
}
