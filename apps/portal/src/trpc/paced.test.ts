import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Paced } from './paced.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('a first wish is granted at once, a flood once more at the end of the time', () => {
  const done: string[] = []
  const paced = new Paced(2_000)
  for (let wish = 0; wish < 50; wish += 1) paced.ask('tree', () => done.push(`tree ${wish}`))
  paced.ask('log', () => done.push('log'))
  expect(done).toEqual(['tree 0', 'log'])
  vi.advanceTimersByTime(2_000)
  expect(done).toEqual(['tree 0', 'log', 'tree 49'])
  vi.advanceTimersByTime(10_000)
  expect(done).toHaveLength(3)
})

test('a steady stream is granted at its pace, and never rests for longer', () => {
  let done = 0
  const paced = new Paced(1_000)
  for (let ms = 0; ms < 10_000; ms += 100) {
    paced.ask('tree', () => {
      done += 1
    })
    vi.advanceTimersByTime(100)
  }
  expect(done).toBe(11)
})

test('nothing is done any more once it is stopped', () => {
  let done = 0
  const paced = new Paced(1_000)
  for (let wish = 0; wish < 3; wish += 1)
    paced.ask('tree', () => {
      done += 1
    })
  paced.stop()
  vi.advanceTimersByTime(5_000)
  expect(done).toBe(1)
})
