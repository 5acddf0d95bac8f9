'use client'

/** Draws only the rows of a long table that are near the window, with gaps that keep the page's height true. */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState } from 'react'
import { alwaysDrawn } from '../always-drawn.ts'

/** Shorter tables are drawn whole: then the browser's own search finds every row. */
const drawnWholeMax = 120
const rowHeightPx = 36

export type RowSpan = { kind: 'row'; index: number } | { kind: 'gap'; index: number; heightPx: number }

/**
 * The rows and gaps to draw, from the top. `keep` is drawn wherever it is, because it has the focus.
 * `measure` goes on every row, together with `data-index`.
 */
export function useWindowRows(count: number, keep: number | undefined) {
  const body = useRef<HTMLTableSectionElement>(null)
  const [bodyTop, setBodyTop] = useState(0)
  const enabled = count > drawnWholeMax

  // Whatever changes above the table moves it, and the list must know where it begins.
  useLayoutEffect(() => {
    if (!enabled) return
    const read = () => {
      if (body.current) setBodyTop(Math.round(body.current.getBoundingClientRect().top + window.scrollY))
    }
    read()
    const observer = new ResizeObserver(read)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [enabled])

  const virtualizer = useWindowVirtualizer<HTMLTableRowElement>({
    count,
    enabled,
    estimateSize: () => rowHeightPx,
    overscan: 12,
    scrollMargin: bodyTop,
    // The sticky top bar and table head cover the first rows of the window.
    scrollPaddingStart: 96,
    scrollPaddingEnd: 16,
    // What the server draws and what the browser draws first must be the same, also after a reload far down.
    initialRect: { width: 1280, height: 800 },
    initialOffset: 0,
    rangeExtractor: alwaysDrawn(keep),
  })

  const spans: RowSpan[] = []
  if (enabled) {
    let drawnTo = 0
    const gapTo = (start: number, index: number) => {
      if (start > drawnTo) spans.push({ kind: 'gap', index, heightPx: start - drawnTo })
    }
    for (const item of virtualizer.getVirtualItems()) {
      gapTo(item.start - bodyTop, item.index)
      spans.push({ kind: 'row', index: item.index })
      drawnTo = item.end - bodyTop
    }
    gapTo(virtualizer.getTotalSize(), count)
  } else {
    for (let index = 0; index < count; index += 1) spans.push({ kind: 'row', index })
  }

  return {
    body,
    spans,
    measure: enabled ? virtualizer.measureElement : undefined,
    reveal: (index: number) => enabled && virtualizer.scrollToIndex(index),
  }
}
