/**
 * Keeps the log still for somebody who has scrolled down in it: what he reads does not slide away under new entries, whose
 * number is shown instead. Older entries that he asks for are added at the end all the same.
 */
import { useEffect, useRef, useState } from 'react'

/** @param held what was there when he began to scroll, in its order */
export function heldTail<Row>(
  held: ReadonlyMap<string, Row>,
  rows: readonly Row[],
  rowKey: (row: Row) => string,
): { shown: Row[]; waiting: number } {
  const newest = new Map(rows.map((row) => [rowKey(row), row]))
  const lastHeld = rows.findLastIndex((row) => held.has(rowKey(row)))
  // A repeat has moved its row to the top. Here it stays where it was, and counts on.
  const shown = [...held].map(([key, row]) => newest.get(key) ?? row)
  const older = lastHeld < 0 ? [] : rows.slice(lastHeld + 1)
  const waiting = rows.slice(0, Math.max(0, lastHeld)).filter((row) => !held.has(rowKey(row))).length
  return { shown: [...shown, ...older], waiting }
}

/**
 * `top` goes on an element above the list: while that is out of sight, the list is held. `view` names the filter in force:
 * another one was asked for, and is shown at once.
 */
export function useLiveTail<Row>(
  rows: readonly Row[] | undefined,
  rowKey: (row: Row) => string,
  view: string,
) {
  const top = useRef<HTMLDivElement>(null)
  const latest = useRef({ rows, view })
  const [held, setHeld] = useState<{ view: string; rows: ReadonlyMap<string, Row> } | null>(null)
  useEffect(() => {
    latest.current = { rows, view }
  })
  useEffect(() => {
    if (!top.current) return
    const observer = new IntersectionObserver(([entry]) => {
      const { rows: now = [], view: inForce } = latest.current
      const isAtTop = entry?.isIntersecting !== false || now.length === 0
      setHeld(isAtTop ? null : { view: inForce, rows: new Map(now.map((row) => [rowKey(row), row])) })
    })
    observer.observe(top.current)
    return () => observer.disconnect()
  }, [rowKey])

  const isHeld = rows !== undefined && held !== null && held.view === view
  const { shown, waiting } = isHeld ? heldTail(held.rows, rows, rowKey) : { shown: rows, waiting: 0 }
  const toTop = () => {
    setHeld(null)
    top.current?.scrollIntoView({ block: 'end' })
  }
  return { shown, waiting, top, toTop }
}
