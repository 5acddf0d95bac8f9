'use client'

import { useRef } from 'react'

/**
 * Brings the focus back to where it was before a dialog opened. Radix only knows the way back to a trigger of
 * its own; ours are opened by keys, by menu entries and by code.
 */
export function useFocusReturn() {
  const cameFrom = useRef<HTMLElement | null>(null)
  return {
    remember: () => {
      cameFrom.current = originOf(document.activeElement)
    },
    onCloseAutoFocus: (event: Event) => {
      event.preventDefault()
      if (cameFrom.current?.isConnected) cameFrom.current.focus()
    },
  }
}

/** A menu entry is gone by the time the dialog closes: the way back leads to the button of its menu. */
function originOf(element: Element | null): HTMLElement | null {
  const buttonId = element?.closest('[role="menu"]')?.getAttribute('aria-labelledby')
  const origin = buttonId ? document.getElementById(buttonId) : element
  return origin instanceof HTMLElement ? origin : null
}
