'use client'

/**
 * A dense table of anything: a sticky head, rows of one height, and the same frame whether it is loading,
 * empty, failed or full, so that nothing moves when the answer comes.
 *
 * When rows open something, the keyboard walks them: arrows or j/k, Home and End, Enter to open. While one is
 * open the arrows open the next at once, so that a details pane beside the table follows.
 */
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type Ref,
  useEffect,
  useRef,
  useState,
} from 'react'
import { classNames } from '../class-names.ts'
import { ErrorState } from '../feedback/error-state.tsx'
import type { Problem } from '../feedback/problem.ts'
import { Skeleton } from '../feedback/skeleton.tsx'
import { formatCounted } from '../values/format.ts'
import { stepInList } from './list-keys.ts'
import { useSteadyRows } from './steady-rows.ts'
import { useWindowRows } from './window-rows.ts'

export type Column<Row> = {
  id: string
  header: string
  cell: (row: Row) => ReactNode
  /** In px; columns without a width share what is left. */
  widthPx?: number
  align?: 'end'
  /** How wide the table must be for this column to be worth its room. Always shown if left out. */
  from?: 'medium' | 'wide'
}

export type TableProps<Row> = {
  /** What is listed, for screen readers: "Runs of fileserver". */
  label: string
  columns: readonly Column<Row>[]
  /** Undefined while they are loading. */
  rows: readonly Row[] | undefined
  rowKey: (row: Row) => string
  /** Why there are no rows to show. */
  problem?: Problem
  onRetry?: () => void
  /** What stands in place of rows when there are none. */
  empty: ReactNode
  /** What is being listed, such as the filter in force: see steady-rows.ts. */
  view?: string
  openKey?: string
  onOpen?: (row: Row) => void
  /** Rows that are chosen, one or many: what is then done is done to them. */
  isChosen?: (row: Row) => boolean
  /** A key on a row that the table itself has no use for, such as Space to choose it. */
  onRowKey?: (event: KeyboardEvent, row: Row) => void
  /** Below the last row: "Show older". */
  footer?: ReactNode
}

/** The last column that is shown keeps the page's margin; which one that is depends on the width. */
const lastIn = {
  narrow: '@max-xl:pr-(--page-x,1rem)',
  medium: '@xl:@max-4xl:pr-(--page-x,1rem)',
  wide: '@4xl:pr-(--page-x,1rem)',
} as const
const shownFrom = { medium: 'hidden @xl:table-cell', wide: 'hidden @4xl:table-cell' } as const
const skeletonWidths = ['w-3/5', 'w-4/5', 'w-1/2', 'w-2/3', 'w-3/4', 'w-2/5']

export function Table<Row>(props: TableProps<Row>) {
  const { columns, rowKey, openKey, onOpen } = props
  const { shown, waiting, hold, release } = useSteadyRows(props.rows ?? [], rowKey, props.view ?? '')
  const [activeKey, setActiveKey] = useState<string>()
  const position = shown.findIndex((row) => rowKey(row) === (activeKey ?? openKey))
  const active = position < 0 ? undefined : position
  const { body, spans, measure, reveal } = useWindowRows(shown.length, active)
  const focusWanted = useRef<string>(undefined)

  useEffect(() => {
    // The effect of an earlier drawing may come only after a key was pressed: its row is not the wanted one.
    if (focusWanted.current === undefined || focusWanted.current !== activeKey || active === undefined) return
    focusWanted.current = undefined
    body.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)?.focus()
  })

  const walk = (event: KeyboardEvent) => {
    const target = stepInList(event.key, active, shown.length)
    const row = target === undefined ? undefined : shown[target]
    if (target === undefined || !row) return
    event.preventDefault()
    focusWanted.current = rowKey(row)
    reveal(target)
    setActiveKey(rowKey(row))
    if (openKey !== undefined) onOpen?.(row)
  }

  return (
    // The browser must not anchor its scrolling to rows that come and go while it scrolls.
    <div className="@container relative [overflow-anchor:none]">
      {/* Over the head, never over a row: the pointer is on a row, and must stay on it. */}
      <p
        role="status"
        className="pointer-events-none sticky top-(--top-bar-height,0px) z-20 flex h-0 justify-center"
      >
        {waiting > 0 && (
          <span className="mt-1 h-6 rounded-full bg-accent px-2.5 font-medium text-accent-ink text-small leading-6">
            {formatCounted(waiting, 'new row')}
          </span>
        )}
      </p>
      <table
        // A grid is a table that the keyboard walks.
        role={onOpen ? 'grid' : undefined}
        aria-label={props.label}
        aria-busy={props.rows === undefined && !props.problem}
        aria-rowcount={shown.length + 1}
        className="w-full table-fixed border-separate border-spacing-0 text-left"
      >
        <colgroup>
          {columns.map(({ id }, at) => (
            <col key={id} className={roomFor(at, columns)} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                style={{ width: column.widthPx }}
                className={classNames(
                  'sticky top-(--top-bar-height,0px) z-10 h-8 bg-surface font-medium text-ink-muted text-small',
                  cellClassesOf(column, columns),
                )}
              >
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody
          ref={body}
          onKeyDown={onOpen && walk}
          onPointerEnter={(event) => event.pointerType === 'mouse' && hold()}
          onPointerLeave={release}
        >
          {props.problem ? (
            <WholeRow columnCount={columns.length}>
              <ErrorState problem={props.problem} onRetry={props.onRetry} />
            </WholeRow>
          ) : props.rows === undefined ? (
            skeletonWidths.map((width) => <SkeletonRow key={width} columns={columns} width={width} />)
          ) : shown.length === 0 ? (
            <WholeRow columnCount={columns.length}>{props.empty}</WholeRow>
          ) : (
            spans.map((span) => {
              if (span.kind === 'gap') {
                return <tr key={`gap ${span.index}`} style={{ height: span.heightPx }} />
              }
              const row = shown[span.index]
              if (row === undefined) return null
              const key = rowKey(row)
              return (
                <BodyRow
                  key={key}
                  ref={measure}
                  index={span.index}
                  row={row}
                  columns={columns}
                  isOpen={key === openKey}
                  isChosen={props.isChosen?.(row)}
                  isEntrance={span.index === (active ?? 0)}
                  onOpen={onOpen}
                  onRowKey={props.onRowKey}
                  onFocus={() => setActiveKey(key)}
                />
              )
            })
          )}
        </tbody>
      </table>
      {props.footer && <div className="px-(--page-x,1rem) py-3">{props.footer}</div>}
    </div>
  )
}

function BodyRow<Row>({
  ref,
  index,
  row,
  columns,
  isOpen,
  isChosen,
  isEntrance,
  onOpen,
  onRowKey,
  onFocus,
}: {
  ref: Ref<HTMLTableRowElement> | undefined
  index: number
  row: Row
  columns: readonly Column<Row>[]
  isOpen: boolean
  isChosen: boolean | undefined
  /** The one row that the Tab key reaches. */
  isEntrance: boolean
  onOpen: ((row: Row) => void) | undefined
  onRowKey: ((event: KeyboardEvent, row: Row) => void) | undefined
  onFocus: () => void
}) {
  const opening = onOpen && {
    'aria-selected': isOpen || isChosen === true,
    tabIndex: isEntrance ? 0 : -1,
    onFocus,
    onClick: (event: MouseEvent) => isPlainClick(event.target) && onOpen(row),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.target !== event.currentTarget) return
      if (event.key !== 'Enter') return onRowKey?.(event, row)
      event.preventDefault()
      onOpen(row)
    },
  }
  return (
    <tr
      {...opening}
      ref={ref}
      data-index={index}
      aria-rowindex={index + 2}
      className={classNames(
        'scroll-mt-[calc(var(--top-bar-height,0px)+2.5rem)] scroll-mb-4 -outline-offset-2',
        onOpen && 'cursor-default hover:bg-hover hover:[--glyph-ground:var(--color-hover)]',
        (isOpen || isChosen) &&
          'bg-selected [--glyph-ground:var(--color-selected)] hover:bg-selected hover:[--glyph-ground:var(--color-selected)]',
      )}
    >
      {columns.map((column) => (
        <td key={column.id} className={classNames('h-9 touch:h-11', cellClassesOf(column, columns))}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  )
}

function SkeletonRow<Row>({ columns, width }: { columns: readonly Column<Row>[]; width: string }) {
  return (
    <tr>
      {columns.map((column) => (
        <td key={column.id} className={classNames('h-9 touch:h-11', cellClassesOf(column, columns))}>
          <Skeleton className={classNames(width, column.align === 'end' && 'ml-auto')} />
        </td>
      ))}
    </tr>
  )
}

function WholeRow({ columnCount, children }: { columnCount: number; children: ReactNode }) {
  return (
    <tr>
      <td colSpan={columnCount} className="min-h-72 border-line border-b p-0 align-top">
        {children}
      </td>
    </tr>
  )
}

/** A click on a control inside the row, or one that ends a text selection, is not meant for the row. */
function isPlainClick(target: EventTarget): boolean {
  const onControl = target instanceof Element && target.closest('a, button, input, label, [role="menuitem"]')
  return !onControl && getSelection()?.type !== 'Range'
}

/** What spans all columns spans the hidden ones as well: those, at the end of the grid, must take no room then. */
function roomFor<Row>(at: number, columns: readonly Column<Row>[]): string | undefined {
  const shownIn = (widths: readonly Column<Row>['from'][]) =>
    columns.filter(({ from }) => widths.includes(from)).length
  if (at < shownIn([undefined])) return undefined
  return at < shownIn([undefined, 'medium']) ? 'w-0 @xl:w-auto' : 'w-0 @4xl:w-auto'
}

function cellClassesOf<Row>(column: Column<Row>, columns: readonly Column<Row>[]): string {
  return classNames(
    'truncate border-line border-b px-2 first:pl-(--page-x,1rem)',
    column.align === 'end' && 'text-right tabular-nums',
    column.from && shownFrom[column.from],
    column === columns.findLast((each) => !each.from) && lastIn.narrow,
    column === columns.findLast((each) => each.from !== 'wide') && lastIn.medium,
    column === columns.at(-1) && lastIn.wide,
  )
}
