import { expect, test } from 'vitest'
import { heldTail } from './live-tail.ts'

type Row = { id: string; count: number }
const row = (id: string, count = 1): Row => ({ id, count })
const key = ({ id }: Row) => id
const held = (...rows: Row[]) => new Map(rows.map((each) => [each.id, each]))
const ids = (rows: readonly Row[]) => rows.map(key).join('')

test('new entries wait above, and are counted', () => {
  const { shown, waiting } = heldTail(held(row('c'), row('b')), [row('e'), row('d'), row('c'), row('b')], key)
  expect([ids(shown), waiting]).toEqual(['cb', 2])
})

test('older entries are added below', () => {
  const { shown, waiting } = heldTail(held(row('c'), row('b')), [row('d'), row('c'), row('b'), row('a')], key)
  expect([ids(shown), waiting]).toEqual(['cba', 1])
})

test('a repeat stays where it was read, with its new count', () => {
  const { shown, waiting } = heldTail(held(row('c'), row('b')), [row('b', 2), row('c')], key)
  expect(shown).toEqual([row('c'), row('b', 2)])
  expect(waiting).toBe(0)
})

test('entries that left the page meanwhile stay until he goes up', () => {
  const { shown, waiting } = heldTail(held(row('b'), row('a')), [row('d'), row('c')], key)
  expect([ids(shown), waiting]).toEqual(['ba', 0])
})
