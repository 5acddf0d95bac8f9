import { describe, expect, test } from 'vitest'
import { Batch, BatchFull } from './batch.ts'

/** A flush that waits until it is let go, and remembers what it was given. */
function heldFlush() {
  const flushed: number[][] = []
  const gates: (() => void)[] = []
  const flush = async (items: readonly number[]) => {
    flushed.push([...items])
    await new Promise<void>((open) => gates.push(open))
    return items.map((item) => item * 10)
  }
  const started = async (count: number) => {
    while (gates.length < count) await new Promise(setImmediate)
  }
  return { flush, flushed, started, letGo: () => gates.splice(0).map((open) => open()) }
}

describe('a batch', () => {
  test('flushes what came in one turn of the event loop together, each with its own result', async () => {
    const { flush, flushed, started, letGo } = heldFlush()
    const batch = new Batch({ flush })
    const results = Promise.all([1, 2, 3].map((item) => batch.add(item)))
    await started(1)
    letGo()
    expect(await results).toEqual([10, 20, 30])
    expect(flushed).toEqual([[1, 2, 3]])
  })

  test('never flushes twice at a time: what comes meanwhile makes the next batch', async () => {
    const { flush, flushed, started, letGo } = heldFlush()
    const batch = new Batch({ flush })
    const first = batch.add(1)
    await started(1)
    const rest = Promise.all([batch.add(2), batch.add(3)])
    await new Promise(setImmediate)
    expect(flushed).toEqual([[1]])
    letGo()
    await first
    await started(1)
    letGo()
    expect(await rest).toEqual([20, 30])
    expect(flushed).toEqual([[1], [2, 3]])
  })

  test('cuts what is too much for one flush into several', async () => {
    const sizes: number[] = []
    const batch = new Batch({
      sizeMax: 2,
      flush: async (items: readonly number[]) => {
        sizes.push(items.length)
        return items
      },
    })
    await Promise.all([1, 2, 3, 4, 5].map((item) => batch.add(item)))
    expect(sizes).toEqual([2, 2, 1])
  })

  test('turns away what would not fit, and keeps what does', async () => {
    const batch = new Batch({ waitingMax: 1, flush: async (items: readonly number[]) => items })
    const kept = batch.add(1)
    await expect(batch.add(2)).rejects.toThrow(BatchFull)
    expect(await kept).toBe(1)
  })

  test('tells everybody of a batch that failed, and goes on with the next', async () => {
    let broken = true
    const batch = new Batch({
      flush: async (items: readonly number[]) => {
        if (broken) throw new Error('the database is away')
        return items
      },
    })
    const both = await Promise.allSettled([batch.add(1), batch.add(2)])
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    broken = false
    expect(await batch.add(3)).toBe(3)
  })

  test('drains: waits for what is under way and for what joined since', async () => {
    const done: number[] = []
    const batch = new Batch({
      delayMs: 60_000,
      flush: async (items: readonly number[]) => {
        await new Promise(setImmediate)
        done.push(...items)
        return items
      },
    })
    void batch.add(1)
    const drained = batch.drain()
    void batch.add(2)
    await drained
    expect(done).toEqual([1, 2])
  })
})
