import type { Plan, Prisma, Server, TenantClient } from '@holdfast/database'
import {
  type SeededProvider,
  seedCustomer,
  seedPlan,
  seedPresence,
  seedProvider,
  seedRepository,
  seedRun,
  seedServer,
  seedSite,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { healthReason } from './reasons.ts'
import { queryHealth, SERVER_HEALTH } from './rule.ts'

let testDatabase: TestDatabase
let provider: SeededProvider
beforeAll(async () => {
  testDatabase = await startTestDatabase()
  provider = await seedProvider(testDatabase.database)
})
afterAll(() => testDatabase.stop())

type Story = {
  presence?: Partial<Prisma.ServerPresenceUncheckedCreateInput> | null
  /** Of each plan, the states of its runs from the oldest. */
  plans?: readonly (readonly Partial<Prisma.RunUncheckedCreateInput>[])[]
  removed?: boolean
  plan?: Partial<Prisma.PlanUncheckedCreateInput>
}

const MINUTE_MS = 60_000
const succeeded = { state: 'succeeded' } as const
const failed = { state: 'failed', errorCode: 'disk_full' } as const
const running = { state: 'running', finishedAt: null } as const
const cancelled = { state: 'cancelled', errorCode: 'run_cancelled' } as const

/** For a long time already, and so many minutes after the last backup (which is 9 minutes ago) the next one is overdue. */
const scheduled = (overdueAfterMinutes: number) => ({
  schedule: '{}',
  scheduledAt: new Date(0),
  overdueAfterMinutes,
})

async function tell({
  presence = {},
  plans = [],
  removed = false,
  plan: given = {},
}: Story): Promise<Server> {
  return testDatabase.database.forTenant(provider.tenant, async (tx) => {
    const site = await seedSite(tx, await seedCustomer(tx, provider))
    const server = await seedServer(tx, site)
    if (presence !== null) await seedPresence(tx, server, presence)
    for (const runs of plans) {
      const plan = await seedPlan(
        tx,
        await seedRepository(tx, server),
        removed ? { deletedAt: new Date() } : given,
      )
      await seedRuns(tx, plan, runs)
    }
    return server
  })
}

async function seedRuns(tx: TenantClient, plan: Plan, runs: NonNullable<Story['plans']>[number]) {
  for (const [index, run] of runs.entries()) {
    const startedAt = new Date(Date.now() - (runs.length - index) * 10 * MINUTE_MS)
    await seedRun(tx, plan, { startedAt, finishedAt: new Date(startedAt.getTime() + MINUTE_MS), ...run })
  }
}

async function healthOf({ id }: Server) {
  const rows = await testDatabase.database.forTenantSql(provider.tenant, (sql) =>
    queryHealth<{ health: string; reason: string; since: Date | null }>(
      sql,
      `SELECT health, reason, since FROM (${SERVER_HEALTH}) AS h WHERE server_id = $1`,
      [id],
    ),
  )
  expect(rows).toHaveLength(1)
  return rows[0]
}

const STORIES: readonly [string, Story, string, string][] = [
  ['never seen', { presence: null }, 'never_ran', 'never_connected'],
  [
    'registered, known to the gateway, never seen',
    { presence: { online: false, offlineCode: 'never_connected' } },
    'never_ran',
    'never_connected',
  ],
  ['connected, nothing chosen', {}, 'never_ran', 'no_plan'],
  ['chosen, not run', { plans: [[]] }, 'never_ran', 'never_ran'],
  [
    'chosen, not run, away',
    { presence: { online: false, offlineCode: 'ping_timeout' }, plans: [[]] },
    'never_ran',
    'never_ran',
  ],
  ['only ever cancelled', { plans: [[cancelled]] }, 'never_ran', 'never_ran'],
  ['first run under way', { plans: [[running]] }, 'running', ''],
  ['succeeded', { plans: [[succeeded]] }, 'protected', ''],
  ['failed, then succeeded', { plans: [[failed, succeeded]] }, 'protected', ''],
  ['succeeded, then cancelled', { plans: [[succeeded, cancelled]] }, 'protected', ''],
  ['succeeded, then failed', { plans: [[succeeded, failed]] }, 'failing', 'disk_full'],
  ['failed, then cancelled', { plans: [[failed, cancelled]] }, 'failing', 'disk_full'],
  ['failed, trying again', { plans: [[failed, running]] }, 'running', ''],
  ['nobody knows how it ended', { plans: [[{ state: 'unknown' }]] }, 'failing', 'interrupted'],
  [
    'one plan failed, another succeeded since',
    { plans: [[failed], [succeeded, succeeded]] },
    'failing',
    'disk_full',
  ],
  ['within its schedule', { plans: [[succeeded]], plan: scheduled(60) }, 'protected', ''],
  ['behind its schedule', { plans: [[succeeded]], plan: scheduled(5) }, 'failing', 'backup_overdue'],
  [
    'behind its schedule, and away',
    { presence: { online: false, offlineCode: 'ping_timeout' }, plans: [[succeeded]], plan: scheduled(5) },
    'failing',
    'backup_overdue',
  ],
  [
    'behind a schedule that is younger than the last backup',
    { plans: [[succeeded]], plan: { ...scheduled(5), scheduledAt: new Date() } },
    'protected',
    '',
  ],
  ['failed, and behind its schedule', { plans: [[failed]], plan: scheduled(5) }, 'failing', 'disk_full'],
  ['left files out', { plans: [[{ state: 'warning' }]] }, 'warning', 'files_unreadable'],
  ['a second plan has not run', { plans: [[succeeded], []] }, 'warning', 'plan_never_ran'],
  ['its plan was removed', { plans: [[succeeded]], removed: true }, 'warning', 'no_plan'],
  [
    'restic is gone',
    { presence: { notices: ['restic_missing'] }, plans: [[succeeded]] },
    'warning',
    'restic_missing',
  ],
  [
    'a notice that spoils nothing',
    { presence: { notices: ['certificate_changed'] }, plans: [[succeeded]] },
    'protected',
    '',
  ],
  [
    'away',
    { presence: { online: false, offlineCode: 'ping_timeout' }, plans: [[succeeded]] },
    'offline',
    'ping_timeout',
  ],
  [
    'away in the middle of a run',
    { presence: { online: false, offlineCode: 'connection_lost' }, plans: [[succeeded, running]] },
    'offline',
    'connection_lost',
  ],
  [
    'away after a failure',
    { presence: { online: false, offlineCode: 'ping_timeout' }, plans: [[failed]] },
    'failing',
    'disk_full',
  ],
]

describe('the health of a server', () => {
  test.each(STORIES)('%s', async (_, story, health, reason) => {
    expect(await healthOf(await tell(story))).toMatchObject({ health, reason })
  })

  test('has words for every reason', () => {
    const reasons = new Set(STORIES.map(([, , , reason]) => reason).filter((reason) => reason !== ''))
    for (const reason of reasons) expect(healthReason(reason)?.title).toBeTruthy()
    expect(healthReason('')).toBeNull()
  })
})
