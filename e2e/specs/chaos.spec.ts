/**
 * Whatever is killed, frozen or cut while a fleet is at work: nothing is lost, nothing is done twice, and what was cut is
 * said to be unknown. What is compared with what: docs/guides/chaos.md. `npm run chaos -- --seed …` makes the same
 * decisions again.
 */
import { storm } from '@holdfast/tooling/chaos'
import { expect, test } from '@playwright/test'

test('fifty kills: nothing is lost, and nothing is done twice', async () => {
  // Two minutes by itself; a crowded machine may take its time.
  test.setTimeout(1_200_000)
  const patience = { settledWithinMs: 600_000 }
  const { violations, timeline, seed, runs } = await storm({
    ...{ kills: 50, seed: String(Date.now()), ...patience },
  })
  expect(violations, `Seed ${seed}\n${timeline}`).toEqual([])
  expect(runs).toBeGreaterThan(0)
})
