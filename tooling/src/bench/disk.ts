import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { monotonicMs } from '../simulator/instructions.ts'
import { percentiles } from './percentiles.ts'

const WRITES = 200
const BLOCK = Buffer.alloc(4_096, 1)

/**
 * What it takes this disk to make one small write durable, in ms: the yardstick of every durable figure, because the
 * same portal is ten times slower on a disk that is.
 */
export async function diskSyncMs(folder: string): Promise<{ p50: number; p99: number }> {
  const file = await open(join(folder, 'disk-probe'), 'w')
  try {
    const milliseconds = []
    for (let n = 0; n < WRITES; n += 1) {
      const startedAt = monotonicMs()
      await file.write(BLOCK)
      await file.datasync()
      milliseconds.push(monotonicMs() - startedAt)
    }
    return percentiles(milliseconds, [50, 99])
  } finally {
    await file.close()
  }
}
