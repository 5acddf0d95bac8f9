import { expect, it } from 'vitest'
import { holdRows } from './steady-rows.ts'

type Row = { id: string; state: string }
const rowKey = (row: Row) => row.id
const held = new Map([
  ['b', { id: 'b', state: 'running' }],
  ['a', { id: 'a', state: 'running' }],
])

it('changes rows in place, keeps their order and counts what is new', () => {
  const rows = [
    { id: 'c', state: 'running' },
    { id: 'a', state: 'failed' },
    { id: 'b', state: 'succeeded' },
  ]
  expect(holdRows(held, rows, rowKey)).toEqual({
    shown: [
      { id: 'b', state: 'succeeded' },
      { id: 'a', state: 'failed' },
    ],
    waiting: 1,
  })
})

it('keeps the place of a row that is gone', () => {
  expect(holdRows(held, [], rowKey)).toEqual({ shown: [...held.values()], waiting: 0 })
})
