/**
 * Node copies each piece of a body, 16 KiB, into an ArrayBuffer of its own, which is garbage a moment later. The engine
 * sees only the few bytes of its handle: it would wait until megabytes of handles are there, and meanwhile the gigabytes
 * beside them set off one collection of the whole heap after the other. Measured, that is a third of the vault's CPU and
 * half of its memory. So the young are collected after every few megabytes, which finds next to nothing alive and takes
 * a fraction of a millisecond.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const COLLECT_EVERY_BYTES = 4 * 1024 * 1024

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

let bytesSince = 0

/** Tells of a piece that is about to be forgotten. */
export function noteGarbage(bytes: number): void {
  bytesSince += bytes
  if (bytesSince < COLLECT_EVERY_BYTES) return
  bytesSince = 0
  if (typeof collect === 'function') collect({ type: 'minor' })
}
