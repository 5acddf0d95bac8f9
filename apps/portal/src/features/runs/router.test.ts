import { seedRun } from '@holdfast/database/seed'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, expectStrangersUnknown, startTestConsole, type TestConsole } from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

describe('back up now', () => {
  test('asks the server to run the plan as it stands, by somebody and for a reason', async () => {
    const { plan, server } = portal.acme
    const { commandId } = await portal.acmeAdmin.runs.start({ planId: plan.id })
    expect(portal.agents.given.at(-1)).toMatchObject({
      commandId,
      serverId: server.id,
      body: { kind: 'startRun', planId: plan.id, revision: 1 },
      reason: 'Back up now: “Documents and settings”',
      actor: { providerId: portal.provider.id, customerId: portal.acme.customer.id },
      expiresInMs: 600_000,
    })
  })

  test('waits for a repository that is ready', async () => {
    const { plan, repository } = portal.globex
    await portal.rows((tx) =>
      tx.repository.update({ where: { id: repository.id }, data: { state: 'failed' } }),
    )
    expect(await codeOf(portal.owner.runs.start({ planId: plan.id }))).toBe('repository_not_ready')
  })
})

describe('cancelling', () => {
  test('asks the server to stop a run that is under way', async () => {
    const run = await portal.rows((tx) =>
      seedRun(tx, portal.acme.plan, { state: 'running', finishedAt: null }),
    )
    await portal.acmeAdmin.runs.cancel({ runId: run.id })
    expect(portal.agents.given.at(-1)?.body).toEqual({ kind: 'cancelRun', runId: run.id })
  })

  test('of a run that has ended asks nothing', async () => {
    const before = portal.agents.given.length
    expect(await codeOf(portal.owner.runs.cancel({ runId: portal.acme.run.id }))).toBe('run_not_active')
    expect(portal.agents.given.length).toBe(before)
  })
})

test('the history goes on where a page ended, also among runs of one moment', async () => {
  const { plan, server } = portal.globex
  const startedAt = new Date('2026-03-01T02:00:00Z')
  await portal.rows(async (tx) => {
    for (let made = 0; made < 7; made += 1) await seedRun(tx, plan, { id: uuidv7(), startedAt })
  })
  const all = await portal.owner.runs.list({ serverId: server.id })
  expect(all.items).toHaveLength(8)
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const page: typeof all = await portal.owner.runs.list({ serverId: server.id, limit: 3, cursor })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  } while (cursor !== null)
  expect(seen).toEqual(all.items.map(({ id }) => id))
  expect(await codeOf(portal.owner.runs.list({ serverId: server.id, cursor: 'made up' }))).toBe(
    'invalid_input',
  )
})

test('a run tells who asked for it, where it went and what it could not read', async () => {
  const { run, repository } = portal.acme
  await portal.rows((tx) =>
    tx.run.update({
      where: { id: run.id },
      data: {
        state: 'warning',
        filesUnreadable: 2,
        unreadablePaths: ['/srv/locked.pst'],
        errorCode: 'files_unreadable',
        errorDetail: 'EACCES',
      },
    }),
  )
  expect(await portal.acmeViewer.runs.get({ runId: run.id })).toMatchObject({
    state: 'warning',
    errorCode: 'files_unreadable',
    errorDetail: 'EACCES',
    unreadablePaths: ['/srv/locked.pst'],
    snapshotId: run.snapshotId,
    repository: { id: repository.id, location: repository.location },
    askedBy: { name: 'Bill Stone' },
  })
})

test('strangers’ runs, plans and servers are answered like missing ones', async () => {
  const before = portal.agents.given.length
  await expectStrangersUnknown(
    portal,
    ({ plan }) => plan.id,
    (caller, planId) => caller.runs.start({ planId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ run }) => run.id,
    (caller, runId) => caller.runs.cancel({ runId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ run }) => run.id,
    (caller, runId) => caller.runs.get({ runId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.runs.list({ serverId }),
  )
  expect(portal.agents.given.length).toBe(before)
})
