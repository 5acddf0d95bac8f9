/** Rows are the history, `now` is the clock: what is wrong is found, what is well is not, and what is over is cleared. */
import type { Plan, Prisma, Server, TenantClient } from '@holdfast/database'
import {
  type SeededProvider,
  seedCustomer,
  seedDrill,
  seedPlan,
  seedPresence,
  seedProvider,
  seedRepository,
  seedRun,
  seedServer,
  seedServerCopy,
  seedSite,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LiveBus } from '#live/bus.ts'
import type { LiveEvent } from '#live/events.ts'
import { Auditor } from './auditor.ts'
import { CONDITIONS, inWords } from './codes.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MIB = 1024 ** 2
const NOW = new Date('2026-11-20T12:00:00Z')
const ago = (ms: number): Date => new Date(NOW.getTime() - ms)
const noLog = { debug() {}, info() {}, warn() {}, error() {} }

let testDatabase: TestDatabase
let provider: SeededProvider
let auditor: Auditor
let now = NOW
const events: LiveEvent[] = []
const live = new LiveBus()
live.subscribe((event) => events.push(event))
const newAuditor = (graceMs = 0) =>
  new Auditor({
    database: testDatabase.database,
    live,
    processLog: noLog,
    everyMs: 60_000,
    graceMs,
    now: () => now,
  })

beforeAll(async () => {
  testDatabase = await startTestDatabase()
  provider = await seedProvider(testDatabase.database)
  auditor = newAuditor()
})
afterAll(async () => {
  await auditor.stop()
  await testDatabase.stop()
})

const inTenant = <T>(work: (tx: TenantClient) => Promise<T>): Promise<T> =>
  testDatabase.database.forTenant(provider.tenant, work)

type Given<Row> = Partial<Omit<Row, 'providerId' | 'customerId'>>
type Story = {
  readonly presence?: Given<Prisma.ServerPresenceUncheckedCreateInput>
  readonly server?: Given<Prisma.ServerUncheckedCreateInput>
  readonly plan?: Given<Prisma.PlanUncheckedCreateInput> | null
  /** The newest first, a day apart, each a change to the run of a healthy day. */
  readonly runs?: readonly Given<Prisma.RunUncheckedCreateInput>[]
}

/** A month of nights that differ as nights do. */
const noise = (night: number): number => ((night * 7_919) % 23) / 23
function healthyNight(night: number): Given<Prisma.RunUncheckedCreateInput> {
  const startedAt = ago(night * DAY_MS + 10 * HOUR_MS)
  const finishedAt = new Date(startedAt.getTime() + 20 * 60_000 + noise(night) * 600_000)
  return {
    startedAt,
    finishedAt,
    heardAt: startedAt,
    endHeardAt: finishedAt,
    filesNew: Math.round(40 * noise(night)),
    filesChanged: Math.round(60 * noise(night + 3)),
    filesUnmodified: 10_000 - 3 * night,
    bytesProcessed: Math.round(5_000 * MIB + 100 * MIB * noise(night)),
    bytesAdded: Math.round(15 * MIB * noise(night)),
  }
}
const nights = (count: number, ...changed: Given<Prisma.RunUncheckedCreateInput>[]) =>
  Array.from({ length: count }, (_, night) => ({ ...changed[night] }))

const EACH_DAY = { schedule: '{}', scheduledAt: ago(60 * DAY_MS), overdueAfterMinutes: 30 * 60 }

async function tell({
  presence = {},
  server: ofServer = {},
  plan = {},
  runs = nights(30),
}: Story): Promise<Server> {
  return inTenant(async (tx) => {
    const site = await seedSite(tx, await seedCustomer(tx, provider))
    const server = await seedServer(tx, site, { createdAt: ago(90 * DAY_MS), ...ofServer })
    await seedPresence(tx, server, {
      changedAt: ago(5 * DAY_MS),
      capabilities: ['backup', 'schedule', 'retention'],
      ...presence,
    })
    if (plan === null) return server
    const old = { createdAt: ago(80 * DAY_MS), updatedAt: ago(60 * DAY_MS) }
    const seeded = await seedPlan(tx, await seedRepository(tx, server), { ...old, ...EACH_DAY, ...plan })
    await seedNights(tx, seeded, runs)
    return server
  })
}

async function seedNights(tx: TenantClient, plan: Plan, runs: NonNullable<Story['runs']>) {
  for (const [night, changed] of runs.entries())
    await seedRun(tx, plan, { ...healthyNight(night), ...changed })
}

const openOf = async ({ id }: { readonly id: string }) => {
  const rows = await inTenant((tx) =>
    tx.condition.findMany({ where: { serverId: id, clearedAt: null }, orderBy: { code: 'asc' } }),
  )
  for (const { code, facts } of rows) expect(inWords(code, facts).sentence).not.toContain('?')
  return rows.map(({ code }) => code)
}
const found = async (story: Story): Promise<string[]> => {
  const server = await tell(story)
  await auditor.audit([server.id])
  return openOf(server)
}

const few = { filesNew: 0, filesChanged: 2, filesUnmodified: 4_000 }
const nothing = { filesNew: 0, filesChanged: 0, filesUnmodified: 0, bytesProcessed: 0, bytesAdded: 0 }
const allTooOld = { ...nothing, filesTooOld: 10_100n, bytesTooOld: BigInt(5_050 * MIB) }
const manyTooOld = {
  ...{ filesNew: 0, filesChanged: 2, filesUnmodified: 4_000, filesTooOld: 6_000n },
  ...{ bytesProcessed: 2_000 * MIB, bytesTooOld: BigInt(3_000 * MIB) },
}
const encrypted = { filesNew: 9_800, filesChanged: 0, filesUnmodified: 200, bytesAdded: 4_800 * MIB }
const running = { state: 'running', finishedAt: null, endHeardAt: null, snapshotId: '' } as const
const failed = (errorCode: string) => ({ state: 'failed', errorCode, snapshotId: '' }) as const
const kept = (snapshotsKept: number, snapshotsRemoved = 0) => ({ snapshotsKept, snapshotsRemoved })
const retention = { retention: '{}' }
const sameSnapshot = { snapshotId: 'ab'.repeat(32) }

const STORIES: readonly [string, Story, ...string[]][] = [
  ['a month of healthy nights', {}],
  ['its first week', { runs: nights(5) }],
  ['files that come and go by a tenth', { runs: nights(30, { filesUnmodified: 9_000 }) }],
  [
    'a weekly dump that makes one night in seven large',
    {
      runs: nights(30).map((_, night) => (night % 7 === 0 ? { bytesAdded: 3_000 * MIB } : {})),
    },
  ],
  [
    'a touched tree: all changed, nothing new',
    {
      runs: nights(30, { filesNew: 0, filesChanged: 9_900, filesUnmodified: 100 }),
    },
  ],
  [
    'a plan that somebody made smaller',
    {
      plan: { revision: 2, agentRevision: 2 },
      runs: nights(30, { ...few, planRevision: 2 }).map((run, n) => ({
        planRevision: n === 0 ? 2 : 1,
        ...run,
      })),
    },
  ],
  ['a source that is gone', { runs: nights(30, failed('source_missing')) }, 'source_vanished'],
  ['a source that is empty', { runs: nights(30, nothing) }, 'source_empty'],
  ['files that all grew too old', { runs: nights(30, allTooOld, allTooOld) }],
  ['many files that grew too old at once', { runs: nights(30, manyTooOld) }],
  [
    'many files gone from a plan that leaves out old ones',
    { runs: nights(30, few).map((run) => ({ filesTooOld: 500n, bytesTooOld: 5n, ...run })) },
    'files_vanished',
  ],
  [
    'a source that is empty, old files and new',
    { runs: nights(30, nothing).map((run, n) => ({ filesTooOld: n === 0 ? 0n : 500n, ...run })) },
    'source_empty',
  ],
  ['a source that was always empty', { runs: [nothing, nothing] }, 'success_of_nothing'],
  [
    'files without a byte',
    { runs: nights(30, { bytesProcessed: 0 }) },
    'snapshot_shrank',
    'success_of_nothing',
  ],
  ['many files gone', { runs: nights(30, few) }, 'files_vanished'],
  ['many files gone for three nights', { runs: nights(30, few, few, few) }, 'files_vanished'],
  ['fewer files for so long that it is usual', { runs: nights(40, ...Array(12).fill(few)) }],
  ['half of the data', { runs: nights(30, { bytesProcessed: 2_400 * MIB }) }, 'snapshot_shrank'],
  ['a hundred times the data', { runs: nights(30, { bytesAdded: 3_000 * MIB }) }, 'snapshot_grew'],
  ['everything encrypted', { runs: nights(30, encrypted) }, 'mass_change'],
  ['everything encrypted three nights ago', { runs: nights(30, {}, {}, {}, encrypted) }, 'mass_change'],
  [
    'the same file unreadable',
    { runs: nights(30, ...Array(3).fill({ unreadablePaths: ['/srv/locked.mdb'] })) },
    'files_skipped',
  ],
  [
    'another file unreadable each night',
    {
      runs: nights(30, { unreadablePaths: ['/a'] }, { unreadablePaths: ['/b'] }, { unreadablePaths: ['/c'] }),
    },
  ],
  ['a dump that fails', { runs: nights(30, failed('dump_failed')) }, 'dump_failed'],
  ['failing', { runs: nights(30, failed('disk_full'), failed('disk_full')) }, 'backup_failing'],
  ['a success without a snapshot', { runs: nights(30, { snapshotId: '' }) }, 'success_without_snapshot'],
  ['one snapshot, claimed twice', { runs: nights(30, sameSnapshot, sameSnapshot) }, 'snapshot_repeated'],
  [
    'an end before the beginning',
    { runs: nights(30, { startedAt: ago(8 * HOUR_MS), finishedAt: ago(9 * HOUR_MS) }) },
    'times_impossible',
  ],
  ['an end in the future', { runs: nights(30, { finishedAt: ago(-9 * HOUR_MS) }) }, 'times_impossible'],
  [
    'more written than read',
    { runs: nights(30, { bytesAdded: 50_000 * MIB }) },
    'figures_impossible',
    'snapshot_grew',
  ],
  [
    'overdue',
    {
      runs: nights(30).map((_, n) => ({
        startedAt: healthyNight(n + 2).startedAt,
        finishedAt: healthyNight(n + 2).finishedAt,
        endHeardAt: healthyNight(n + 2).endHeardAt,
      })),
    },
    'backup_overdue',
  ],
  [
    'overdue, though its agent says that it is tomorrow',
    {
      runs: [
        {
          startedAt: ago(3 * DAY_MS),
          heardAt: ago(3 * DAY_MS),
          finishedAt: ago(-1 * DAY_MS),
          endHeardAt: ago(3 * DAY_MS),
        },
      ],
      presence: { clockSkewMs: 0 },
    },
    'backup_overdue',
    'times_impossible',
  ],
  ['never ran', { runs: [], plan: { scheduledAt: ago(3 * DAY_MS) } }, 'plan_never_ran'],
  ['never ran, and need not have', { runs: [], plan: { scheduledAt: ago(HOUR_MS) } }],
  [
    'a server that has just come back',
    { runs: [], plan: { scheduledAt: ago(3 * DAY_MS) }, presence: { changedAt: ago(60_000) } },
  ],
  [
    'an old backup without a schedule',
    {
      plan: { schedule: null, scheduledAt: null, overdueAfterMinutes: null },
      runs: [{ ...healthyNight(12) }],
    },
    'backup_old',
  ],
  [
    'a plan paused for two weeks',
    {
      plan: { scheduledAt: null, overdueAfterMinutes: null, pausedAt: ago(14 * DAY_MS) },
      runs: [{ ...healthyNight(14) }],
    },
    'plan_paused',
  ],
  [
    'a plan paused for the weekend',
    {
      plan: { scheduledAt: null, overdueAfterMinutes: null, pausedAt: ago(2 * DAY_MS) },
      runs: [{ ...healthyNight(3) }],
    },
  ],
  ['a run that never ended', { runs: nights(30, {}, running) }, 'run_never_ended'],
  [
    'a run that goes on',
    { runs: nights(30, { ...running, startedAt: ago(HOUR_MS), heardAt: ago(HOUR_MS) }) },
  ],
  [
    'a plan not taken up',
    {
      plan: { revision: 3, agentRevision: 2, updatedAt: ago(HOUR_MS) },
      runs: nights(30).map(() => ({ planRevision: 2 })),
    },
    'plan_not_taken_up',
  ],
  [
    'an old plan run against its word',
    {
      plan: { revision: 3, agentRevision: 3, updatedAt: ago(4 * DAY_MS) },
      runs: nights(30).map(() => ({ planRevision: 2 })),
    },
    'old_plan_run',
  ],
  [
    'an old plan run while the server was away',
    {
      plan: { revision: 3, agentRevision: 3, updatedAt: ago(20 * HOUR_MS) },
      presence: { changedAt: ago(2 * HOUR_MS) },
      runs: nights(30).map(() => ({ planRevision: 2 })),
    },
  ],
  ['an agent without schedules', { presence: { capabilities: ['backup'] } }, 'capability_lacking'],
  [
    'retention forbidden',
    { plan: retention, runs: nights(30).map(() => ({ tidyCode: 'repository_locked' })) },
    'retention_not_applied',
  ],
  ['retention applied', { plan: retention, runs: nights(30).map(() => kept(14, 1)) }],
  [
    'snapshots that somebody removed',
    { plan: retention, runs: nights(30).map((_, n) => (n < 2 ? kept(4, 1) : kept(14, 1))) },
    'snapshots_fell',
  ],
  [
    'space not given back',
    { plan: retention, runs: nights(40).map(() => kept(14, 1)) },
    'repository_not_pruned',
  ],
  ['a clock two hours off', { presence: { clockSkewMs: -2 * HOUR_MS } }, 'clock_skewed'],
  ['a clock a minute off', { presence: { clockSkewMs: 60_000 } }],
  ['nothing planned', { plan: null }, 'nothing_planned'],
  [
    'registered, never connected',
    { plan: null, presence: { online: false, offlineCode: 'never_connected' } },
    'never_joined',
  ],
]

describe('the auditor', () => {
  test.each(STORIES)('%s', async (_, story, ...codes) => {
    expect(await found(story)).toEqual(codes)
  })

  test('a repository that failed, a copy that knocked', async () => {
    const server = await tell({})
    await inTenant(async (tx) => {
      await tx.repository.updateMany({
        where: { serverId: server.id },
        data: { state: 'failed', errorCode: 'disk_full' },
      })
      await seedServerCopy(tx, server)
    })
    await auditor.audit([server.id])
    expect(await openOf(server)).toEqual(['copy_seen', 'repository_failed'])
  })

  test('a run that failed only because the repository was read back damaged', async () => {
    const damage = { part: 3, parts: 10, code: 'repository_damaged', durationMs: 1, detail: '' }
    const night = {
      state: 'failed',
      errorCode: 'repository_damaged',
      verified: JSON.stringify(damage),
    } as const
    const server = await tell({ runs: nights(30, night) })
    const found = { part: 3, parts: 10, startedAt: ago(HOUR_MS), heardAt: ago(HOUR_MS) }
    await inTenant((tx) =>
      tx.repository.updateMany({
        where: { serverId: server.id },
        data: { readDamage: JSON.stringify(found) },
      }),
    )
    await auditor.audit([server.id])
    expect(await openOf(server)).toEqual(['read_back_damaged'])
  })

  test('has words for every code, whatever the facts', () => {
    for (const code of Object.keys(CONDITIONS)) {
      const { title, sentence, todo } = inWords(code, { path: '\u202Egpj' })
      for (const words of [title, sentence, todo]) expect(words).toBeTruthy()
      expect(sentence).not.toContain('\u202E')
    }
    expect(inWords('of_a_newer_portal', null).title).toBe('of_a_newer_portal')
  })
})

describe('restore drills', () => {
  const WEEKLY = { options: JSON.stringify({ drill: { everyDays: 7, filesMax: 50 } }) }
  const presence = { capabilities: ['backup', 'schedule', 'retention', 'drill'] }
  const sampled = { manifestDigest: 'cd'.repeat(32) }
  async function drilled(given: Given<Prisma.DrillUncheckedCreateInput> | null, plan = {}) {
    const runs = nights(30).map(() => sampled)
    const server = await tell({ presence, plan: { ...WEEKLY, ...plan }, runs })
    await inTenant(async (tx) => {
      const of = await tx.plan.findFirstOrThrow({ where: { serverId: server.id } })
      if (given) await seedDrill(tx, of, { heardAt: ago(2 * DAY_MS), ...given })
    })
    await auditor.audit([server.id])
    return openOf(server)
  }

  test.each([
    ['a drill that passed', {}, {}, []],
    [
      'a drill that failed',
      { hasPassed: false, filesWrong: 3, wrongPaths: ['/srv/a'] },
      {},
      ['drill_failed'],
    ],
    ['a drill whose signature is wrong', { isSigned: false }, {}, ['drill_unproven']],
    ['a drill signed by another key', { isKnownKey: false }, {}, ['drill_unproven']],
    ['a drill against another manifest', { isKnownManifest: false }, {}, ['drill_unproven']],
    ['a drill of nothing', { files: 0 }, {}, ['drill_unproven']],
    ['a drill long ago', { heardAt: ago(18 * DAY_MS) }, {}, ['drill_overdue']],
    ['a drill nearly long ago', { heardAt: ago(16 * DAY_MS) }, {}, []],
    ['no drill for a month', null, {}, ['drill_overdue']],
    ['no drill, and none wanted', null, { options: '{}' }, []],
  ] as const)('%s', async (_, drill, plan, codes) => {
    expect(await drilled(drill && { ...drill, wrongPaths: ['/srv/a'] }, plan)).toEqual(codes)
  })

  test.each([
    ['repository_missing', 'no repository at this place', 'Check that the disk or share is mounted'],
    ['repository_damaged', '3 of 50 files', 'cannot be trusted'],
    ['', '3 of 50 files', 'cannot be trusted'],
  ])('a failed drill with the code “%s” says what is wrong', async (errorCode, says, todo) => {
    await drilled({ hasPassed: false, filesWrong: 3, wrongPaths: ['/srv/a'], errorCode })
    const { facts } = await inTenant((tx) =>
      tx.condition.findFirstOrThrow({ where: { code: 'drill_failed' }, orderBy: { id: 'desc' } }),
    )
    const words = inWords('drill_failed', facts)
    expect(words.sentence).toContain(says)
    expect(words.todo).toContain(todo)
  })

  const unsampled = (code: string) => ({ unsampled: JSON.stringify({ code, detail: '' }) })
  test.each([
    ['whose last backup could not be hashed', [unsampled('drill_no_sample')], {}, ['drill_impossible']],
    ['of which hashing was cancelled once', [unsampled('run_cancelled')], {}, []],
    [
      'of which nothing is hashed night after night',
      [unsampled('run_cancelled'), unsampled('repository_locked')],
      {},
      ['drill_impossible'],
    ],
    ['of which nothing is said once', [{}], {}, []],
    ['of which nothing is said night after night', [{}, {}], {}, ['drill_impossible']],
    ['that wants drills since last night', [{ ...sampled, planRevision: 2 }, {}, {}], { revision: 2 }, []],
    ['that wants none', [{}, {}, {}], { options: '{}' }, []],
  ] as const)('of a plan %s', async (_, last, plan, codes) => {
    const runs = nights(30).map((_, night) => last[night] ?? sampled)
    const agentRevision = 'revision' in plan ? plan.revision : 1
    const server = await tell({ presence, plan: { ...WEEKLY, agentRevision, ...plan }, runs })
    await inTenant(async (tx) => {
      const of = await tx.plan.findFirstOrThrow({ where: { serverId: server.id } })
      await seedDrill(tx, of, { heardAt: ago(2 * DAY_MS) })
    })
    await auditor.audit([server.id])
    expect(await openOf(server)).toEqual(codes)
  })
})

describe('a condition', () => {
  test('is one row while it lasts, is cleared when it is over, and goes on if it comes back at once', async () => {
    const server = await tell({ presence: { clockSkewMs: 2 * HOUR_MS } })
    const setSkew = (clockSkewMs: number) =>
      inTenant((tx) => tx.serverPresence.update({ where: { serverId: server.id }, data: { clockSkewMs } }))
    const rows = () => inTenant((tx) => tx.condition.findMany({ where: { serverId: server.id } }))
    await auditor.audit([server.id])
    await auditor.audit([server.id])
    const [first] = await rows()
    expect(await rows()).toHaveLength(1)
    events.length = 0
    await setSkew(0)
    await auditor.audit([server.id])
    expect(await rows()).toMatchObject([{ clearedAt: NOW }])
    expect(events).toContainEqual(expect.objectContaining({ type: 'condition', serverId: server.id }))
    await setSkew(3 * HOUR_MS)
    await auditor.audit([server.id])
    expect(await rows()).toMatchObject([{ id: first?.id, clearedAt: null }])
    await setSkew(0)
    await auditor.audit([server.id])
    now = ago(-2 * HOUR_MS)
    await setSkew(3 * HOUR_MS)
    await auditor.audit([server.id])
    now = NOW
    expect(await rows()).toHaveLength(2)
  })

  test('that gets worse is news again to whoever knew of it', async () => {
    const server = await tell({ presence: { clockSkewMs: 10 * 60_000 } })
    await auditor.audit([server.id])
    const known = { knownUntil: ago(-30 * DAY_MS), knownBy: 'Kim' }
    await inTenant((tx) => tx.condition.updateMany({ where: { serverId: server.id }, data: known }))
    await auditor.audit([server.id])
    const row = () => inTenant((tx) => tx.condition.findFirst({ where: { serverId: server.id } }))
    expect(await row()).toMatchObject(known)
    await inTenant((tx) =>
      tx.serverPresence.update({ where: { serverId: server.id }, data: { clockSkewMs: DAY_MS } }),
    )
    await auditor.audit([server.id])
    expect(await row()).toMatchObject({ severity: 'critical', knownUntil: null })
  })
})

describe('silence', () => {
  const away = (minutes: number) => ({
    online: false,
    offlineCode: 'ping_timeout',
    changedAt: ago(minutes * 60_000),
  })
  async function site(minutesAway: readonly (number | null)[]) {
    return inTenant(async (tx) => {
      const seeded = await seedSite(tx, await seedCustomer(tx, provider))
      for (const minutes of minutesAway)
        await seedPresence(tx, await seedServer(tx, seeded), minutes === null ? {} : away(minutes))
      return seeded
    })
  }
  const openAt = async (siteId: string) => {
    const where = { siteId, clearedAt: null, code: { in: ['agent_silent', 'site_silent'] } }
    const rows = await inTenant((tx) => tx.condition.findMany({ where, orderBy: { code: 'asc' } }))
    return rows.map(({ code, severity }) => `${code} ${severity}`).sort()
  }

  test('of one server, of a whole site, and of some of it', async () => {
    const [short, one, whole, scattered] = [
      await site([20, null]),
      await site([null, 40, null]),
      await site([40, 41, 44, 47]),
      await site([40, 90, 200, 26 * 60]),
    ]
    await auditor.auditAll()
    expect(await openAt(short.id)).toEqual([])
    expect(await openAt(one.id)).toEqual(['agent_silent warning'])
    expect(await openAt(whole.id)).toEqual(['site_silent warning'])
    expect(await openAt(scattered.id)).toEqual(
      [...Array(3).fill('agent_silent warning'), 'agent_silent critical'].sort(),
    )
  })

  test('is not overdue as well, and is not said while the portal itself has just come back', async () => {
    const late = { runs: [], plan: { scheduledAt: ago(9 * DAY_MS) } }
    const silent = await tell({ ...late, presence: away(60) })
    const online = await tell(late)
    const fresh = newAuditor(15 * 60_000)
    await fresh.auditAll()
    expect([await openOf(silent), await openOf(online)]).toEqual([[], []])
    now = ago(-16 * 60_000)
    await fresh.auditAll()
    now = NOW
    await fresh.stop()
    expect([await openOf(silent), await openOf(online)]).toEqual([['agent_silent'], ['plan_never_ran']])
  })
})
