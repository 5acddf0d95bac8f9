import {
  type SeededProvider,
  seedCustomer,
  seedLogEntry,
  seedProvider,
  seedServer,
  seedSession,
  seedSite,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProcessLog } from '#start/process-log.ts'
import { keepHouse, msUntilNight, tidyUp } from './housekeeping.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS)

let testDatabase: TestDatabase
let provider: SeededProvider
beforeAll(async () => {
  testDatabase = await startTestDatabase()
})
afterAll(() => testDatabase.stop())

describe('tidying up', () => {
  test('finds nothing to do before the portal is set up', async () => {
    expect(await tidyUp(testDatabase.database)).toEqual({ logEntries: 0, sessions: 0 })
    provider = await seedProvider(testDatabase.database)
  })

  test('takes away in small batches what is too old, and nothing else', async () => {
    const { database } = testDatabase
    await database.forTenant(provider.tenant, async (tx) => {
      const server = await seedServer(tx, await seedSite(tx, await seedCustomer(tx, provider)))
      for (const age of [401, 402, 403, 404, 405, 399, 0])
        await seedLogEntry(tx, server, { lastAt: daysAgo(age), detail: `${age}` })
      const owner = await tx.user.findFirstOrThrow({ where: { id: provider.ownerId } })
      for (const age of [2, 3, 400]) await seedSession(tx, owner, { expiresAt: daysAgo(age) })
      await seedSession(tx, owner, { userAgent: 'still open' })
    })
    expect(await tidyUp(database, { rowsPerBatch: 2 })).toEqual({ logEntries: 5, sessions: 3 })
    const left = await database.forTenant(provider.tenant, async (tx) => ({
      entries: (await tx.managementLogEntry.findMany({ orderBy: { lastAt: 'asc' } })).map(
        ({ detail }) => detail,
      ),
      sessions: (await tx.userSession.findMany()).map(({ userAgent }) => userAgent),
    }))
    expect(left).toEqual({ entries: ['399', '0'], sessions: ['still open'] })
  })

  test('stops at once, whatever it waits for', async () => {
    await keepHouse(testDatabase.database, createProcessLog('silent')).stop()
  })
})

test.each([
  ['in the evening', new Date(2026, 10, 21, 22, 0), 5],
  ['in the night, before it', new Date(2026, 10, 21, 1, 30), 1.5],
  ['in the moment itself', new Date(2026, 10, 21, 3, 0), 24],
])('waits for the night: %s', (_, now, hours) => {
  expect(msUntilNight(now, 0)).toBe(hours * HOUR_MS)
  expect(msUntilNight(now, 0.5)).toBe((hours + 0.5) * HOUR_MS)
})
