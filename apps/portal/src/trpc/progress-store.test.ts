import type { Progress } from '@holdfast/protocol'
import { expect, test, vi } from 'vitest'
import { ProgressStore } from './progress-store.ts'

const progress = (filesDone: number): Progress => ({
  ...{ runId: 'run', phase: 'uploading', filesDone, filesTotal: null, bytesDone: 0, bytesTotal: null },
  ...{ bytesPerSecond: 0, secondsLeft: null, currentFile: '' },
})

test('the newest of each run counts, and whoever listens hears of it', () => {
  const store = new ProgressStore<Progress>()
  const heard = vi.fn()
  store.subscribe(heard)
  store.set('fs1', 'run', progress(1))
  store.set('fs1', 'run', progress(2))
  expect(store.get('fs1', 'run')).toMatchObject({ filesDone: 2 })
  expect(heard).toHaveBeenCalledTimes(2)
})

test('a server that names the run of another one does not speak for it', () => {
  const store = new ProgressStore<Progress>()
  store.set('fs1', 'run', progress(1))
  store.set('liar', 'run', progress(1_000_000))
  expect(store.get('fs1', 'run')).toMatchObject({ filesDone: 1 })
  expect(store.get('other', 'run')).toBeNull()
})

test('a server that invents runs is remembered only so far', () => {
  const store = new ProgressStore<Progress>()
  for (let number = 0; number < 1_000; number += 1) store.set('liar', `run ${number}`, progress(1))
  const remembered = Array.from({ length: 1_000 }, (_, number) => store.get('liar', `run ${number}`))
  expect(remembered.filter((each) => each !== null)).toHaveLength(200)
})
