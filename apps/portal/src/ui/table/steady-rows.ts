/**
 * Keeps a live list still while somebody points at it: rows change in place, but none appears, leaves or
 * moves until the pointer has gone. Otherwise the click lands on what has just slid under it.
 */
import { useEffect, useRef, useState } from 'react'

/**
 * What to show while the list is held: the rows that were there, in their order, with their newest content.
 * `waiting` counts the rows that are new since. A row that no longer exists stays with its last content.
 */
export function holdRows<Row>(
  held: ReadonlyMap<string, Row>,
  rows: readonly Row[],
  rowKey: (row: Row) => string,
): { shown: Row[]; waiting: number } {
  const newest = new Map(rows.map((row) => [rowKey(row), row]))
  const shown = [...held].map(([key, row]) => newest.get(key) ?? row)
  const waiting = rows.filter((row) => !held.has(rowKey(row))).length
  return { shown, waiting }
}

/**
 * The rows to show. `view` names what is being listed, such as the filter in force: when that changes it was
 * the person who asked, and the new rows are shown at once.
 */
export function useSteadyRows<Row>(rows: readonly Row[], rowKey: (row: Row) => string, view: string) {
  const [held, setHeld] = useState<{ view: string; rows: ReadonlyMap<string, Row> } | null>(null)
  const latest = useRef(rows)
  useEffect(() => {
    latest.current = rows
  })

  const hold = () => setHeld({ view, rows: new Map(latest.current.map((row) => [rowKey(row), row])) })
  const release = () => setHeld(null)
  const isHeld = held !== null && held.view === view && held.rows.size > 0
  const { shown, waiting } = isHeld ? holdRows(held.rows, rows, rowKey) : { shown: rows, waiting: 0 }
  return { shown, waiting, hold, release }
}
