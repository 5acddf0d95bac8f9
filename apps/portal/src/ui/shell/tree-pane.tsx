'use client'

import { useRef, useState } from 'react'
import { classNames } from '../class-names.ts'
import { Skeleton } from '../feedback/skeleton.tsx'
import { SearchField } from '../forms/search-field.tsx'
import { useKey } from '../keys/keys.tsx'
import { addHealthCounts, countUnprotected } from '../status/roll-up.ts'
import { countsOfNode, type TreeNode } from '../tree/rows.ts'
import { TreeView } from '../tree/tree-view.tsx'
import { formatCount } from '../values/format.ts'

const skeletonWidths = ['w-3/5', 'w-4/5', 'w-1/2', 'w-2/3', 'w-3/4', 'w-2/5']

/** The left column: the tree, what narrows it, and the key that leads there ("/"). */
export function TreePane({
  nodes,
  currentId,
}: {
  /** Undefined while they are loading. */
  nodes: readonly TreeNode[] | undefined
  currentId?: string
}) {
  const [filter, setFilter] = useState({ text: '', onlyUnprotected: false })
  const search = useRef<HTMLInputElement>(null)
  const pane = useRef<HTMLDivElement>(null)
  const unprotected = nodes && countUnprotected(addHealthCounts(nodes.map(countsOfNode)))
  useKey({ keys: '/', does: 'Search the tree', group: 'Everywhere' }, () => search.current?.focus())

  return (
    <div ref={pane} className="flex min-h-0 flex-1 flex-col">
      <div className="flex shrink-0 flex-col gap-1.5 px-3 pt-1 pb-2 max-md:pt-3">
        <SearchField
          ref={search}
          label="Filter servers"
          keys="/"
          value={filter.text}
          onValue={(text) => setFilter({ ...filter, text })}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown') return
            event.preventDefault()
            pane.current?.querySelector<HTMLElement>('[role="treeitem"][tabindex="0"]')?.focus()
          }}
        />
        <button
          type="button"
          aria-pressed={filter.onlyUnprotected}
          onClick={() => setFilter({ ...filter, onlyUnprotected: !filter.onlyUnprotected })}
          className={classNames(
            'flex h-7 touch:h-10 items-center justify-between rounded-md px-2.5 text-small',
            filter.onlyUnprotected ? 'bg-selected text-ink' : 'text-ink-muted hover:bg-hover hover:text-ink',
          )}
        >
          Only what is not protected
          <span
            className={classNames('tabular-nums', unprotected ? 'font-medium text-ink' : 'text-ink-faint')}
          >
            {unprotected !== undefined && formatCount(unprotected)}
          </span>
        </button>
      </div>
      {nodes ? (
        <TreeView
          label="Customers and servers"
          nodes={nodes}
          filter={filter}
          currentId={currentId}
          empty={emptyText(nodes.length > 0, filter.onlyUnprotected, filter.text !== '')}
        />
      ) : (
        <div aria-busy="true" className="flex flex-1 flex-col gap-4 overflow-hidden px-5 pt-2">
          {skeletonWidths.map((width) => (
            <Skeleton key={width} className={width} />
          ))}
        </div>
      )}
    </div>
  )
}

function emptyText(hasNodes: boolean, onlyUnprotected: boolean, searching: boolean): string {
  if (!hasNodes) return 'No customers yet.'
  if (searching) return 'Nothing here is called that.'
  return onlyUnprotected ? 'Everything is protected.' : ''
}
