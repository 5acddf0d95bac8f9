import { expect, test } from 'vitest'
import { TooManyWaiting, Turns } from './turns.ts'

/** Work that lasts until it is let go. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { promise, finish: resolve, fail: reject, do: () => promise }
}

test('so many work at one time, the next ones in their order, and one too many is turned away at once', async () => {
  const turns = new Turns({ atOnce: 2, waitingMax: 2 })
  const begun: number[] = []
  const works = Array.from({ length: 5 }, work)
  const results = works.map((each, index) =>
    turns.take(() => {
      begun.push(index)
      return each.do()
    }),
  )
  await expect(results[4]).rejects.toThrow(TooManyWaiting)
  expect(begun).toEqual([0, 1])
  works[1]?.finish('second')
  expect(await results[1]).toBe('second')
  await expect.poll(() => begun).toEqual([0, 1, 2])
  works[0]?.fail(new Error('broken'))
  await expect(results[0]).rejects.toThrow('broken')
  await expect.poll(() => begun).toEqual([0, 1, 2, 3])
  for (const each of works) each.finish('done')
  expect(await Promise.all(results.slice(2, 4))).toEqual(['done', 'done'])
  expect(await turns.take(async () => 'room again')).toBe('room again')
})
