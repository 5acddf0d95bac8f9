import { seedPlan, seedPresence, seedRepository, seedRun, seedServer } from '@holdfast/database/seed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
  await portal.rows(async (tx) => {
    const away = await seedServer(tx, portal.acme.site, { name: 'away' })
    await seedPresence(tx, away, { online: false, offlineCode: 'ping_timeout' })
    await seedRun(tx, await seedPlan(tx, await seedRepository(tx, away)))
    await seedServer(tx, portal.acme.site, { name: 'new' })
    const broken = await seedServer(tx, portal.globex.site, { name: 'broken' })
    await seedPresence(tx, broken)
    const plan = await seedPlan(tx, await seedRepository(tx, broken))
    await seedRun(tx, plan, { state: 'failed', errorCode: 'disk_full', snapshotId: '' })
  })
})
afterAll(() => portal.stop())

test('the sentence: how many of how many are not protected', async () => {
  expect(await portal.owner.overview.summary()).toEqual({
    counts: { failing: 1, warning: 0, offline: 1, never_ran: 1, running: 0, protected: 2 },
    total: 5,
    notProtected: 3,
  })
  expect(await portal.acmeViewer.overview.summary()).toMatchObject({ total: 3, notProtected: 2 })
})

test('the evidence: which they are, worst first, and why', async () => {
  const { items, nextCursor } = await portal.owner.overview.notProtected({})
  expect(nextCursor).toBeNull()
  expect(items).toMatchObject([
    { name: 'broken', customerName: 'globex', health: 'failing', reason: 'disk_full', lastBackupAt: null },
    { name: 'away', customerName: 'acme', health: 'offline', reason: 'ping_timeout' },
    { name: 'new', siteName: portal.acme.site.name, health: 'never_ran', reason: 'never_connected' },
  ])
  const first = await portal.owner.overview.notProtected({ limit: 2 })
  const rest = await portal.owner.overview.notProtected({ limit: 2, cursor: first.nextCursor })
  expect([...first.items, ...rest.items]).toEqual(items)
})
