import { seedCommand } from '@holdfast/database/seed'
import type { Fact } from '@holdfast/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestPortal, type TestServer } from '../testing/portal.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await TestPortal.start()
})
afterAll(() => portal.stop())

type Finished = Extract<Fact, { type: 'restoreFinished' }>

const finished = (restoreId: string, given: Partial<Finished> = {}): Fact => ({
  ...{
    type: 'restoreFinished',
    restoreId,
    repositoryId: restoreId,
    snapshotId: 'a'.repeat(64),
    dryRun: false,
  },
  ...{ outcome: 'succeeded', code: null, detail: '', seconds: 3 },
  ...{ startedAt: '2026-11-21T08:00:00.000Z', finishedAt: '2026-11-21T08:00:03.000Z' },
  counts: { files: 2, bytes: 9, created: 1, replaced: 1, kept: 0, keptBoth: 0, same: 0, failed: 0 },
  items: [{ path: '/srv/half \uD800', action: 'replaced', bytes: 9 }],
  ...given,
})

const asked = (server: TestServer, kind = 'restore') =>
  portal.testDatabase.database.forTenant(portal.provider.tenant, (tx) =>
    seedCommand(
      tx,
      server.row,
      { id: portal.provider.ownerId, name: 'Bill Stone' },
      { kind, state: 'running' },
    ),
  )
const resultOf = (id: string) =>
  portal.testDatabase.database.forTenant(portal.provider.tenant, (tx) =>
    tx.restore.findUnique({ where: { id } }),
  )

test('what came of a restore is kept, told to the console, and not changed any more', async () => {
  const server = await portal.addServer()
  const { id } = await asked(server)
  const agent = portal.agent(server)
  const link = await agent.dial()
  await link.report(agent.reports(finished(id), finished(id, { outcome: 'failed' })))
  await link.report(agent.reports(finished(id, { outcome: 'failed', counts: null })))
  const result = await resultOf(id)
  expect(result).toMatchObject({ serverId: server.row.id, finishedAt: new Date('2026-11-21T08:00:03Z') })
  expect(JSON.parse(result?.items ?? '')).toEqual([
    { path: '/srv/half \uFFFD', action: 'replaced', bytes: 9 },
  ])
  const { providerId, customerId, id: serverId } = server.row
  expect(portal.events).toContainEqual({ type: 'restore', restoreId: id, providerId, customerId, serverId })
})

test('one that was cut may turn out to have come to an end', async () => {
  const server = await portal.addServer()
  const { id } = await asked(server)
  const agent = portal.agent(server)
  const link = await agent.dial()
  await link.report(agent.reports(finished(id, { outcome: 'unknown', code: 'interrupted', counts: null })))
  expect(await resultOf(id)).toMatchObject({ state: 'unknown', counts: null, errorCode: 'interrupted' })
  await link.report(agent.reports(finished(id)))
  expect(await resultOf(id)).toMatchObject({ state: 'succeeded', errorCode: '' })
})

test('a server cannot tell of another one’s restore, nor of what was no restore', async () => {
  const server = await portal.addServer()
  const { id: others } = await asked(await portal.addServer())
  const { id: backup } = await asked(server, 'startRun')
  const agent = portal.agent(server)
  const link = await agent.dial()
  await link.report(agent.reports(finished(others), finished(backup)))
  expect(await resultOf(others)).toBeNull()
  expect(await resultOf(backup)).toBeNull()
})
