import { expect, it } from 'vitest'
import { stepInList } from './list-keys.ts'

it.each([
  ['ArrowDown', undefined, 0],
  ['ArrowDown', 3, 4],
  ['j', 99, 99],
  ['ArrowUp', 0, 0],
  ['k', 5, 4],
  ['PageDown', 95, 99],
  ['PageUp', 4, 0],
  ['Home', 50, 0],
  ['End', undefined, 99],
])('%s from row %s of a hundred leads to %s', (key, from, to) => expect(stepInList(key, from, 100)).toBe(to))

it('leaves other keys and empty lists alone', () => {
  expect(stepInList('x', 1, 100)).toBeUndefined()
  expect(stepInList('ArrowDown', undefined, 0)).toBeUndefined()
})
