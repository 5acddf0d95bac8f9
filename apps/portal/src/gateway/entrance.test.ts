import { expect, test } from 'vitest'
import { Entrance } from './entrance.ts'

const LIMITS = { insideMax: 2, loginsPerTurn: 2, comeBackMs: { min: 100, max: 200 } }

test('lets in as many as fit, and tells the others when to come back', () => {
  const entrance = new Entrance(LIMITS)
  expect([entrance.enter(), entrance.enter()]).toEqual([null, null])
  const comeBackInMs = entrance.enter()
  expect(comeBackInMs).toBeGreaterThanOrEqual(100)
  expect(comeBackInMs).toBeLessThanOrEqual(200)
  entrance.leave()
  expect(entrance.enter()).toBeNull()
})

test('gives the event loop its turn between a few logins and the next few, in the order in which they came', async () => {
  const entrance = new Entrance(LIMITS)
  const order: string[] = []
  const logins = ['a', 'b', 'c', 'd', 'e'].map((name) => entrance.turn().then(() => order.push(name)))
  const everythingElse = () => {
    order.push('-')
    if (!order.includes('e')) setImmediate(everythingElse)
  }
  setImmediate(everythingElse)
  await Promise.all(logins)
  expect(order.join('').replace(/-+$/, '')).toBe('ab-cd-e')
})
