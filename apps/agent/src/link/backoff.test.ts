import { expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

const BOUNDS = { firstMs: 1_000, mostMs: 60_000 }
const waits = (backoff: Backoff, count: number) => Array.from({ length: count }, () => backoff.next())

test('waits grow to a bound', () => {
  expect(waits(new Backoff(BOUNDS, () => 1), 9)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
  ])
})

test('each is any time up to its bound, so that thousands do not come back together', () => {
  expect(waits(new Backoff(BOUNDS, () => 0), 3)).toEqual([0, 0, 0])
  expect(waits(new Backoff(BOUNDS, () => 0.5), 3)).toEqual([500, 1_000, 2_000])
})

test('they begin anew after a good link', () => {
  const backoff = new Backoff(BOUNDS, () => 1)
  waits(backoff, 5)
  backoff.reset()
  expect(backoff.next()).toBe(1_000)
})

test('a time that the portal named is taken as it is, but never as "without a pause"', () => {
  const backoff = new Backoff(BOUNDS, () => 1)
  expect(backoff.next(123_456)).toBe(123_456)
  expect(backoff.next(0)).toBe(250)
  expect(backoff.next()).toBe(1_000)
})
