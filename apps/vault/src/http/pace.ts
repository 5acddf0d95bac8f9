/**
 * Time limits that do not punish a slow line. A client is too slow when next to nothing moved for a whole window: that
 * ends who says nothing and who says one byte a minute, and lets a gigabyte over a village line take its hours.
 */
import type { Pace } from '@holdfast/protocol/watch-taking'

/** Calls `tooSlow` once, unless it was stopped before. `moved` is the count so far; null says that we are the slow one. */
export function watchPace(
  { windowMs, bytesPerWindowMin }: Pace,
  moved: () => number | null,
  tooSlow: () => void,
): () => void {
  let before = 0
  const timer = setInterval(() => {
    const now = moved()
    if (now === null) return
    if (now - before < bytesPerWindowMin) {
      clearInterval(timer)
      tooSlow()
    }
    before = now
  }, windowMs)
  timer.unref()
  return () => clearInterval(timer)
}
