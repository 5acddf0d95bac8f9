/** restic's bytes into somebody who may fail at them: then restic is stopped, and the failure is his. */
import { type DumpRequest, dump, type Repository, type Restic } from '../engine/index.ts'

/** Ends when all of it was taken. */
export async function dumpInto(
  restic: Restic,
  repository: Repository,
  request: DumpRequest,
  signal: AbortSignal,
  take: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const faults: unknown[] = []
  let last: Promise<void> = Promise.resolve()
  const onChunk = (bytes: Buffer) => {
    // Node reads on when a program has ended, held back or not: so one waits for the other here.
    last = last
      .then(() => (faults.length === 0 ? take(bytes) : undefined))
      .catch((error) => {
        faults.push(error)
        stop.abort()
      })
    return last
  }
  try {
    await dump(restic, repository, request, { signal: AbortSignal.any([signal, stop.signal]), onChunk })
  } catch (error) {
    // What came before it is still on its way.
    await last
    if (faults.length === 0) throw error
  }
  await last
  if (faults.length > 0) throw faults[0]
}
