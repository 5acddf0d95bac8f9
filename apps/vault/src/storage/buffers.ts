/**
 * Buffers that go from hand to hand instead of being made anew for each request: what streams through the vault would
 * otherwise be gigabytes of garbage, and collecting it was a third of its work.
 *
 * Each begins at a page of memory, because a disk that is written past the system's cache (storage/direct.ts) wants it
 * so. The one kind of memory of which JavaScript knows that is WebAssembly's.
 */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer }
}

/** Half as large costs a quarter more CPU. Twice as large saves another quarter, and 30 MiB of memory never come back. */
export const BUFFER_BYTES = 512 * 1024

/** More wait in the pool only for a rush that is over. */
const IDLE_MAX = 32
/** Made at once, because the engine sets aside gigabytes of addresses for each memory. */
const MADE_AT_ONCE = 8
const WEBASSEMBLY_PAGE_BYTES = 64 * 1024

const idle: Buffer[] = []

export function takeBuffer(): Buffer {
  const buffer = idle.pop()
  if (buffer !== undefined) return buffer
  const pages = (MADE_AT_ONCE * BUFFER_BYTES) / WEBASSEMBLY_PAGE_BYTES
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  for (let n = 1; n < MADE_AT_ONCE; n += 1)
    idle.push(Buffer.from(memory.buffer, n * BUFFER_BYTES, BUFFER_BYTES))
  return Buffer.from(memory.buffer, 0, BUFFER_BYTES)
}

/** Only when nothing reads from it or writes into it any more. */
export function returnBuffers(buffers: readonly Buffer[]): void {
  for (const buffer of buffers) if (idle.length < IDLE_MAX) idle.push(buffer)
}
