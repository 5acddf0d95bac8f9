/** Which faults a storm is made of: drawn from the seed, and none that counts is left to luck. */
import { expect, test } from 'vitest'
import { seededRandom } from '../random.ts'
import { decide, KINDS } from './faults.ts'

const named = (seed: string, kills: number) =>
  decide(seededRandom(seed), kills, 3).map(({ kind, server, afterMs }) => `${kind.name} ${server} ${afterMs}`)

test('the same seed decides the same, and another one something else', () => {
  expect(named('one', 50)).toEqual(named('one', 50))
  expect(named('one', 50)).not.toEqual(named('other', 50))
})

test.each(['one', 'other', 'third'])('twenty kills strike every moment that is aimed at, seed %s', (seed) => {
  const struck = decide(seededRandom(seed), 20, 3).map(({ kind }) => kind.name)
  const aimedAt = KINDS.filter(({ isAimed }) => isAimed).map(({ name }) => name)
  expect(aimedAt.length).toBeGreaterThan(0)
  expect(struck).toEqual(expect.arrayContaining(aimedAt))
})
