/**
 * Buffers that go from hand to hand instead of being made anew for each request: what streams through the vault would
 * otherwise be gigabytes of garbage, and collecting it was a third of its work.
 */
export const BUFFER_BYTES = 256 * 1024

/** More wait in the pool only for a rush that is over. */
const IDLE_MAX = 32

const idle: Buffer[] = []

export function takeBuffer(): Buffer {
  return idle.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
}

/** Only when nothing reads from it or writes into it any more. */
export function returnBuffers(buffers: readonly Buffer[]): void {
  for (const buffer of buffers) if (idle.length < IDLE_MAX) idle.push(buffer)
}
