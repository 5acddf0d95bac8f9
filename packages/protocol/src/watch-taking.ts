/**
 * Who takes nothing of what lies ready for him. Node waits for ever for somebody who does not read, whether that is an
 * answer or the news of a console, and anybody may ask: he would keep what it costs, and its place.
 */
import type { Socket } from 'node:net'

/** What is too slow: fewer bytes than that in a whole window. */
export type Pace = { readonly windowMs: number; readonly bytesPerWindowMin: number }

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
