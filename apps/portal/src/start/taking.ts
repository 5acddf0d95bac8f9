/**
 * Ends connections of which the other end takes nothing. Node waits for ever for somebody who does not read, whether an
 * answer lies there for him or the news of a console, and anybody may ask: he would keep what it costs, and its place.
 */
import type { Socket } from 'node:net'

/** After `takeMs` to two times as long, in which nothing was taken of what had lain there at their beginning. */
export function cutWhoTakesNothing(socket: Socket, takeMs: number): void {
  let taken = 0
  let ready = 0
  const timer = setInterval(() => {
    const takenBefore = taken
    const readyBefore = ready
    ready = socket.bytesWritten
    taken = ready - socket.writableLength
    if (taken < readyBefore && taken === takenBefore) socket.destroy()
  }, takeMs)
  timer.unref()
  socket.once('close', () => clearInterval(timer))
}
