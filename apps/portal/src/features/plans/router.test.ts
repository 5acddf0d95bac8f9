import type { TenantClient } from '@holdfast/database'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  codeOf,
  expectStrangersUnknown,
  problemOf,
  startTestConsole,
  type TestConsole,
} from '#testing/console.ts'

let portal: TestConsole
beforeAll(async () => {
  portal = await startTestConsole()
})
afterAll(() => portal.stop())

const wanted = (given: object = {}) => ({
  serverId: portal.acme.server.id,
  repositoryId: portal.acme.repository.id,
  existing: null,
  name: 'Papers',
  sources: ['/srv/papers', 'D:\\Papers', '/srv/papers'],
  ...given,
})

const nightly = {
  times: { kind: 'daily' as const, at: '01:00' },
  jitterMinutes: 30,
  quiet: [],
  runMissed: true,
}

describe('saving a plan', () => {
  test('adds it at revision 1, tells the server, and is logged', async () => {
    const { planId, revision } = await portal.acmeAdmin.plans.save(wanted())
    expect(revision).toBe(1)
    expect(await portal.acmeViewer.plans.get({ planId })).toMatchObject({
      name: 'Papers',
      sources: ['/srv/papers', 'D:\\Papers'],
      revision: 1,
      agentRevision: 0,
      repository: { id: portal.acme.repository.id, location: portal.acme.repository.location },
    })
    expect(portal.agents.toldPlans.at(-1)).toBe(portal.acme.server.id)
    const { items } = await portal.owner.managementLog.list({ code: 'plan_added' })
    expect(items).toMatchObject([
      {
        subject: 'Papers',
        detail: 'Revision 1: /srv/papers, D:\\Papers; Only when somebody starts it; Keeps every snapshot',
      },
    ])
  })

  test('grows the revision when something changed, and only then', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Growing' }))
    const save = (revision: number, given: object = {}) =>
      portal.owner.plans.save(wanted({ name: 'Growing', existing: { planId, revision }, ...given }))
    expect(await save(1)).toEqual({ planId, revision: 1 })
    expect(await save(1, { sources: ['/srv/other'] })).toEqual({ planId, revision: 2 })
    expect(await save(2, { sources: ['/srv/other'], name: 'Grown' })).toEqual({ planId, revision: 3 })
    const { items } = await portal.owner.managementLog.list({ code: 'plan_changed' })
    expect(items.map(({ subject }) => subject)).toEqual(['Grown', 'Growing'])
  })

  test('never overwrites what somebody else saved meanwhile', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Shared' }))
    const edit = (folder: string) =>
      portal.owner.plans.save(
        wanted({ existing: { planId, revision: 1 }, name: 'Shared', sources: [folder] }),
      )
    await edit('/srv/first')
    expect(await codeOf(edit('/srv/late'))).toBe('changed_meanwhile')
    expect(await codeOf(edit('/srv/first'))).toBe('changed_meanwhile')
    expect((await portal.owner.plans.get({ planId })).sources).toEqual(['/srv/first'])
  })

  test('nor what somebody else is saving in this moment', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Contested' }))
    const existing = { planId, revision: 1 }
    let mine: Promise<string> | undefined
    await portal.rows(async (tx) => {
      await tx.plan.update({ where: { id: planId }, data: { revision: 2, sources: ['/srv/theirs'] } })
      // Reads revision 1 still, and then waits for the row that is being changed here.
      mine = codeOf(portal.owner.plans.save(wanted({ existing, name: 'Contested', sources: ['/srv/mine'] })))
      await somebodyWaitsForALock(tx)
    })
    expect(await mine).toBe('changed_meanwhile')
    expect((await portal.owner.plans.get({ planId })).sources).toEqual(['/srv/theirs'])
  })

  test('wants at least one whole path, and says which one is wrong', async () => {
    const { fields } = await problemOf(portal.owner.plans.save(wanted({ sources: ['/fine', 'not whole'] })))
    expect(fields).toEqual({ 'sources.1': ['Give the whole path, for example /srv/data or C:\\Data.'] })
    expect(await codeOf(portal.owner.plans.save(wanted({ sources: [] })))).toBe('invalid_input')
  })

  test('cannot send backups to the repository of another server', async () => {
    const elsewhere = wanted({ repositoryId: portal.globex.repository.id })
    expect(await codeOf(portal.owner.plans.save(elsewhere))).toBe('not_found')
  })

  test('cannot change a plan of another server', async () => {
    const existing = { planId: portal.globex.plan.id, revision: 1 }
    expect(await codeOf(portal.owner.plans.save(wanted({ existing })))).toBe('not_found')
  })
})

describe('which snapshots of a plan stay', () => {
  const year = { last: 3, hourly: 0, daily: 14, weekly: 8, monthly: 12, yearly: 0, withinDays: 0 }

  test('comes back as it was given, and changing it alone is a new revision', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Kept', retention: year }))
    expect((await portal.acmeViewer.plans.get({ planId })).retention).toEqual(year)
    const save = (revision: number, retention: typeof year | null) =>
      portal.owner.plans.save(wanted({ name: 'Kept', existing: { planId, revision }, retention }))
    expect(await save(1, { ...year })).toEqual({ planId, revision: 1 })
    expect(await save(1, { ...year, yearly: 5 })).toEqual({ planId, revision: 2 })
    const { items } = await portal.owner.managementLog.list({ code: 'plan_changed' })
    expect(items[0]?.detail).toContain('Keeps the last 3, 14 daily, 8 weekly, 12 monthly and 5 yearly')
    expect(await save(2, null)).toEqual({ planId, revision: 3 })
    expect((await portal.owner.plans.get({ planId })).retention).toBeNull()
  })

  test('is refused where it says nothing', async () => {
    const none = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 }
    const { fields } = await problemOf(portal.owner.plans.save(wanted({ retention: none })))
    expect(fields).toEqual({ retention: ['Say how many snapshots stay.'] })
  })
})

describe('the schedule of a plan', () => {
  test('comes back as it was given, and changing it alone is a new revision', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Nightly', schedule: nightly }))
    expect((await portal.acmeViewer.plans.get({ planId })).schedule).toEqual(nightly)
    const save = (revision: number, schedule: object | null) =>
      portal.owner.plans.save(
        wanted({
          name: 'Nightly',
          existing: { planId, revision },
          schedule: schedule as typeof nightly | null,
        }),
      )
    expect(await save(1, { ...nightly })).toEqual({ planId, revision: 1 })
    expect(await save(1, { ...nightly, times: { kind: 'hourly', minute: 5 } })).toEqual({
      planId,
      revision: 2,
    })
    const { items } = await portal.owner.managementLog.list({ code: 'plan_changed' })
    expect(items[0]?.detail).toContain('Every hour at :05, up to 30 min later')
    expect(await save(2, null)).toEqual({ planId, revision: 3 })
    expect((await portal.owner.plans.get({ planId })).schedule).toBeNull()
  })

  test('says from when on a backup is overdue, and nothing without one', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Due', schedule: nightly }))
    const row = () => portal.rows((tx) => tx.plan.findUniqueOrThrow({ where: { id: planId } }))
    const { scheduledAt, overdueAfterMinutes } = await row()
    expect(Number(scheduledAt)).toBeGreaterThan(Date.now() - 60_000)
    // A day, an hour that clocks may be set by, and a quarter more.
    expect(overdueAfterMinutes).toBeGreaterThan(24 * 60)
    expect(overdueAfterMinutes).toBeLessThan(33 * 60)
    await portal.owner.plans.save(wanted({ name: 'Due', existing: { planId, revision: 1 } }))
    expect(await row()).toMatchObject({ schedule: null, scheduledAt: null, overdueAfterMinutes: null })
  })

  test('that cannot be kept is refused, with the field that is wrong', async () => {
    const refused = async (schedule: object) =>
      (await problemOf(portal.owner.plans.save(wanted({ schedule: schedule as typeof nightly })))).fields
    expect(await refused({ ...nightly, times: { kind: 'cron', expression: '61 * * * *' } })).toEqual({
      'schedule.times.expression': ['One of the five is out of its range.'],
    })
    const always = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00' }]
    expect(await refused({ ...nightly, quiet: always })).toEqual({
      'schedule.quiet': ['These quiet times leave no time to run.'],
    })
    expect(await refused({ ...nightly, jitterMinutes: 100_000 })).toBeDefined()
  })
})

describe('what a plan leaves out', () => {
  const options = {
    excludes: ['# left behind', '*.tmp', '!keep.tmp'],
    limits: { oneFileSystem: true, largerThanBytes: 1024 ** 3, olderThanDays: 3 * 365 },
  }

  test('comes back as it was given, and changing it alone is a new revision', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Lean', options }))
    expect((await portal.acmeViewer.plans.get({ planId })).options).toEqual(options)
    const save = (revision: number, given: object) =>
      portal.owner.plans.save(wanted({ name: 'Lean', existing: { planId, revision }, options: given }))
    expect(await save(1, { ...options })).toEqual({ planId, revision: 1 })
    const { olderThanDays: _, ...limits } = options.limits
    expect(await save(1, { ...options, limits })).toEqual({ planId, revision: 2 })
    expect((await portal.acmeViewer.plans.get({ planId })).options).toEqual({ ...options, limits })
    expect(await save(2, { excludes: ['*.tmp'] })).toEqual({ planId, revision: 3 })
    const { items } = await portal.owner.managementLog.list({ code: 'plan_added' })
    expect(items[0]?.detail).toContain(
      'Leaves out by 2 rules; Leaves out files over 1.0 GiB; Leaves out files not changed for 3 years; Stays on one file system',
    )
  })

  test('by age is a whole number of days, within a century', async () => {
    for (const olderThanDays of [0, -1, 1.5, 36_501]) {
      const refused = wanted({ options: { limits: { ...options.limits, olderThanDays } } })
      const { fields } = await problemOf(portal.owner.plans.save(refused))
      expect(Object.keys(fields ?? {})).toEqual(['options.limits.olderThanDays'])
    }
  })

  test('is refused where restic could not be told, with the line', async () => {
    const refused = wanted({ options: { excludes: ['fine', '!*/', '[open'] } })
    const { fields } = await problemOf(portal.owner.plans.save(refused))
    expect(Object.keys(fields ?? {})).toEqual(['options.excludes.1', 'options.excludes.2'])
  })
})

describe('a plan without folders', () => {
  test('backs up databases and commands that its server offers by name', async () => {
    const options = {
      databases: ['shop'],
      commands: ['inventory'],
      hooks: { before: [], after: [{ name: 'start-shop', timeoutSeconds: 60 }] },
    }
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Shop', sources: [], options }))
    expect(await portal.acmeViewer.plans.get({ planId })).toMatchObject({ sources: [], options })
    const { items } = await portal.owner.managementLog.list({ code: 'plan_added' })
    expect(items[0]?.detail).toContain('Databases: shop; Output of inventory; Runs start-shop')
  })

  test('wants a name that can be one, and says nothing of what it stands for', async () => {
    for (const name of ['', '../x', 'a b', '-rf', 'x'.repeat(65), '$(id)'])
      expect(await codeOf(portal.owner.plans.save(wanted({ options: { commands: [name] } })))).toBe(
        'invalid_input',
      )
    const program = { commands: [{ name: 'x', program: '/bin/sh' }] } as object
    expect(await codeOf(portal.owner.plans.save(wanted({ options: program })))).toBe('invalid_input')
  })
})

describe('a paused plan', () => {
  test('is told to its server without a schedule, is not overdue, and runs again as before', async () => {
    const { planId } = await portal.owner.plans.save(wanted({ name: 'Resting', schedule: nightly }))
    const row = () => portal.rows((tx) => tx.plan.findUniqueOrThrow({ where: { id: planId } }))
    await portal.acmeAdmin.plans.pause({ planId, isPaused: true })
    expect(await row()).toMatchObject({ revision: 2, scheduledAt: null, overdueAfterMinutes: null })
    expect(portal.agents.toldPlans.at(-1)).toBe(portal.acme.server.id)
    expect(await portal.acmeViewer.plans.get({ planId })).toMatchObject({
      schedule: nightly,
      pausedAt: expect.any(Date),
    })
    await portal.acmeAdmin.plans.pause({ planId, isPaused: true })
    expect(await row()).toMatchObject({ revision: 2 })

    // Changed while it rests, it goes on resting.
    const existing = { planId, revision: 2 }
    await portal.owner.plans.save(
      wanted({ name: 'Resting', existing, schedule: { ...nightly, jitterMinutes: 5 } }),
    )
    expect(await row()).toMatchObject({ revision: 3, scheduledAt: null })

    await portal.acmeAdmin.plans.pause({ planId, isPaused: false })
    expect(await row()).toMatchObject({ revision: 4, pausedAt: null, scheduledAt: expect.any(Date) })
    for (const code of ['plan_paused', 'plan_resumed'] as const) {
      const { items } = await portal.owner.managementLog.list({ code })
      expect(items).toMatchObject([{ subject: 'Resting' }])
    }
  })
})

test('the list says of each plan how it went last', async () => {
  const [plan] = await portal.acmeViewer.plans.list({ serverId: portal.acme.server.id })
  const { id, state } = portal.acme.run
  expect(plan).toMatchObject({ id: portal.acme.plan.id, lastRun: { id, state } })
})

test('a removed plan is gone for the console and for the server, and stays in the history', async () => {
  const { plan, run, server } = portal.globex
  await portal.owner.plans.remove({ planId: plan.id })
  expect(await codeOf(portal.owner.plans.get({ planId: plan.id }))).toBe('not_found')
  expect(await portal.owner.plans.list({ serverId: server.id })).toEqual([])
  expect(portal.agents.toldPlans.at(-1)).toBe(server.id)
  expect(await portal.owner.runs.get({ runId: run.id })).toMatchObject({ planName: plan.name })
  expect(await codeOf(portal.owner.plans.remove({ planId: plan.id }))).toBe('not_found')
})

test('strangers’ plans, servers and repositories are answered like missing ones', async () => {
  await expectStrangersUnknown(
    portal,
    ({ plan }) => plan.id,
    (caller, planId) => caller.plans.get({ planId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ plan }) => plan.id,
    (caller, planId) => caller.plans.remove({ planId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ plan }) => plan.id,
    (caller, planId) => caller.plans.pause({ planId, isPaused: true }),
  )
  await expectStrangersUnknown(
    portal,
    ({ plan }) => plan.id,
    (caller, planId) => caller.plans.save(wanted({ existing: { planId, revision: 1 } })),
  )
  await expectStrangersUnknown(
    portal,
    ({ server }) => server.id,
    (caller, serverId) => caller.plans.list({ serverId }),
  )
  await expectStrangersUnknown(
    portal,
    ({ repository }) => repository.id,
    (caller, repositoryId) => caller.plans.save(wanted({ repositoryId })),
  )
})

async function somebodyWaitsForALock(tx: TenantClient): Promise<void> {
  for (;;) {
    const waiting = await tx.$queryRaw<unknown[]>`
      SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
      WHERE NOT granted AND datname = current_database()`
    if (waiting.length > 0) return
  }
}
