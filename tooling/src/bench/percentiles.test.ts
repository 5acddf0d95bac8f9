import { expect, test } from 'vitest'
import { percentiles } from './percentiles.ts'

const upTo = (last: number) => Array.from({ length: last }, (_, index) => last - index)

test('the value that so many percent do not exceed, whatever the order', () => {
  expect(percentiles(upTo(100), [50, 99, 100])).toEqual({ p50: 50, p99: 99, p100: 100 })
  expect(percentiles(upTo(300), [99])).toEqual({ p99: 297 })
  expect(percentiles([7], [50, 99])).toEqual({ p50: 7, p99: 7 })
})

test('of nothing it is nothing', () => {
  expect(percentiles([], [50])).toEqual({ p50: 0 })
})
