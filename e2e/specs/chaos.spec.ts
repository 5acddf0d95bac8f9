/**
 * Whatever is killed, frozen or cut while a fleet is at work: nothing is lost, nothing is done twice, and what was cut is
 * said to be unknown. What is compared with what: docs/guides/chaos.md. `npm run chaos -- --seed …` makes the same
 * decisions again.
 */
import { storm } from '@holdfast/tooling/chaos'
import { expect, test } from '@playwright/test'

test('fifty kills: nothing is lost, and nothing is done twice', async () => {
  test.setTimeout(420_000)
  const { violations, timeline, seed, runs } = await storm({ kills: 50, seed: String(Date.now()) })
  expect(violations, `Seed ${seed}\n${timeline}`).toEqual([])
  expect(runs).toBeGreaterThan(5)
})
