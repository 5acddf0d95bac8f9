import { expect, test } from 'vitest'
import { Rounds } from './rounds.ts'

test('each address is tried once before a pause, in the order in which they were given', () => {
  const rounds = new Rounds(['a', 'b', 'c'], null)
  expect([rounds.next(), rounds.isOver, rounds.next(), rounds.isOver, rounds.next(), rounds.isOver]).toEqual([
    'a',
    false,
    'b',
    false,
    'c',
    true,
  ])
  expect(rounds.next()).toBe('a')
})

test('the one that worked last comes first, and one that is no longer given never', () => {
  const rounds = new Rounds(['a', 'b', 'c'], 'c')
  expect([rounds.next(), rounds.next(), rounds.next()]).toEqual(['c', 'a', 'b'])
  rounds.worked('b')
  expect([rounds.next(), rounds.next(), rounds.next()]).toEqual(['b', 'a', 'c'])
  expect(new Rounds(['a'], 'gone').next()).toBe('a')
})

test('an answer of the portal ends the round', () => {
  const rounds = new Rounds(['a', 'b'], null)
  rounds.next()
  rounds.answered()
  expect(rounds.isOver).toBe(true)
  expect(rounds.next()).toBe('a')
})
