'use client'

/**
 * Details belong to a page, but stand beside it in the frame, which outlives the page. So the frame keeps a place
 * (`PagePanePlace`, given to AppShell as its `pane`), and a page draws its RightPane there (`PagePane`).
 */
import { type ReactNode, useEffect, useState } from 'react'
import { createPortal } from 'react-dom'

const placeId = 'page-pane'

export function PagePanePlace() {
  return <div id={placeId} className="contents" />
}

export function PagePane({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState<HTMLElement | null>(null)
  useEffect(() => setPlace(document.getElementById(placeId)), [])
  return place && createPortal(children, place)
}
