'use client'

/** The one clock of the page. Whatever shows time passing listens to the same tick, once a second. */
import { useSyncExternalStore } from 'react'

const tickMs = 1_000
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

function listen(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    for (const each of listeners) each()
  }, tickMs)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/**
 * A text that depends on the present moment. The component renders anew only when the text changes.
 * The server and the browser may differ by a second: put `suppressHydrationWarning` on the element.
 */
export function useTickingText(textAt: (nowMs: number) => string): string {
  const read = () => textAt(Math.floor(Date.now() / tickMs) * tickMs)
  return useSyncExternalStore(listen, read, read)
}
