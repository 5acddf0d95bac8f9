import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { EventFold } from './event-fold.ts'
import type { LiveEvent } from './events.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const owner = { providerId: 'p', customerId: 'c', serverId: 's' }
const run = (runId: string): LiveEvent => ({ type: 'run', ...owner, runId })
const progress = (bytesDone: number): LiveEvent => ({
  type: 'progress',
  ...owner,
  progress: {
    ...{ runId: 'r', phase: 'uploading', filesDone: 0, filesTotal: null, bytesDone, bytesTotal: null },
    ...{ bytesPerSecond: 0, secondsLeft: null, currentFile: '' },
  },
})

test('the first event is told at once; what follows is told once, the newest of it, at a pace', () => {
  const told: LiveEvent[] = []
  const fold = new EventFold((event) => told.push(event), 100)
  fold.add(run('a'))
  expect(told).toEqual([run('a')])
  for (const event of [progress(1), run('b'), run('b'), progress(2)]) fold.add(event)
  expect(told).toHaveLength(1)
  vi.advanceTimersByTime(100)
  expect(told.slice(1)).toEqual([run('b'), progress(2)])
  fold.add(run('c'))
  expect(told).toHaveLength(3)
  vi.advanceTimersByTime(100)
  expect(told.at(-1)).toEqual(run('c'))
  vi.advanceTimersByTime(100)
  fold.add(run('d'))
  expect(told.at(-1)).toEqual(run('d'))
})
