/**
 * Time limits that do not punish a slow line. A client is too slow when next to nothing moved for a whole window: that
 * ends who says nothing and who says one byte a minute, and lets a gigabyte over a village line take its hours.
 */
import type { Socket } from 'node:net'

export type Pace = { readonly windowMs: number; readonly bytesPerWindowMin: number }

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

/**
 * Calls `tooSlow` once, when what lay ready for the other end of a socket a whole window ago still does, and next to
 * nothing of it was taken. It makes no difference what it is: a refusal that nobody reads holds a connection as well.
 */
export function watchTaking(
  socket: Socket,
  { windowMs, bytesPerWindowMin }: Pace,
  tooSlow: () => void,
): void {
  let taken = 0
  let ready = 0
  const timer = setInterval(() => {
    const takenBefore = taken
    const readyBefore = ready
    ready = socket.bytesWritten
    taken = ready - socket.writableLength
    if (taken < readyBefore && taken - takenBefore < bytesPerWindowMin) {
      clearInterval(timer)
      tooSlow()
    }
  }, windowMs)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}
