/** Vaults, the room in them, and what they count: rows are what they said, `NOW` is the clock. */

import type { Prisma, Server, TenantClient } from '@holdfast/database'
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
  seedSite,
  seedVault,
  startTestDatabase,
  type TestDatabase,
} from '@holdfast/database/seed'
import { placeText } from '@holdfast/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inWords } from '#conditions/codes.ts'
import { LiveBus } from '#live/bus.ts'
import { Auditor } from './auditor.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const MIB = 1024 ** 2
const GIB = 1024 ** 3
const NOW = new Date('2026-11-20T12:00:00Z')
const ago = (ms: number): Date => new Date(NOW.getTime() - ms)
const hoursAgo = (hours: number): Date => ago(hours * HOUR_MS)

let testDatabase: TestDatabase
let provider: SeededProvider
let auditor: Auditor
beforeAll(async () => {
  testDatabase = await startTestDatabase()
  provider = await seedProvider(testDatabase.database)
  auditor = new Auditor({
    database: testDatabase.database,
    live: new LiveBus(),
    processLog: { debug() {}, info() {}, warn() {}, error() {} },
    everyMs: 60_000,
    graceMs: 0,
    now: () => NOW,
  })
})
afterAll(async () => {
  await auditor.stop()
  await testDatabase.stop()
})

const inTenant = <T>(work: (tx: TenantClient) => Promise<T>): Promise<T> =>
  testDatabase.database.forTenant(provider.tenant, work)

type Given<Row> = Partial<Omit<Row, 'providerId' | 'customerId'>>
type Story = {
  readonly vault?: Given<Prisma.VaultUncheckedCreateInput>
  readonly isUnused?: true
  readonly presence?: Given<Prisma.ServerPresenceUncheckedCreateInput>
  readonly repository?: Given<Prisma.RepositoryUncheckedCreateInput>
  readonly quotaBytes?: number
  readonly stock?: { readonly bytes: number; readonly trashBytes?: number; readonly hoursAgo?: number }
  /** What the vault counted: from, to (hours ago), MiB; the oldest first. */
  readonly counts?: readonly (readonly [number, number, number])[]
  readonly run?: Given<Prisma.RunUncheckedCreateInput>
  /** Read back since, after damage in part 3 of 10 was found two days ago: part, parts, and what was wrong. */
  readonly readBack?: readonly (readonly [number, number, string?])[]
  readonly drilledDaysAgo?: number
  readonly damagedInTrash?: boolean
}

async function tell(story: Story): Promise<{ server: Server; vaultId: string }> {
  return inTenant(async (tx) => {
    const { quotaBytes = null, stock, counts = [], damagedInTrash } = story
    const vault = await seedVault(tx, provider, {
      ...{ createdAt: ago(200 * DAY_MS), lookedAt: ago(MINUTE_MS), reachedAt: ago(MINUTE_MS) },
      ...{ verifiedAt: ago(5 * DAY_MS), ...story.vault },
    })
    const customer = await seedCustomer(tx, provider)
    if (quotaBytes !== null)
      await tx.customer.update({ where: { id: customer.id }, data: { vaultQuotaBytes: quotaBytes } })
    const server = await seedServer(tx, await seedSite(tx, customer), { createdAt: ago(190 * DAY_MS) })
    await seedPresence(tx, server, { changedAt: ago(5 * DAY_MS), ...story.presence })
    if (story.isUnused) return { server, vaultId: vault.id }
    const place = { kind: 'vault', vaultId: vault.id } as const
    const repository = await seedRepository(tx, server, {
      ...{ kind: 'vault', place: JSON.stringify(place), location: placeText(place) },
      ...{ createdAt: ago(180 * DAY_MS), ...story.repository },
    })
    const old = { createdAt: ago(180 * DAY_MS), updatedAt: ago(60 * DAY_MS) }
    const plan = await seedPlan(tx, repository, old)
    const startedAt = hoursAgo(10)
    const endHeardAt = hoursAgo(9.5)
    const times = { startedAt, heardAt: startedAt, finishedAt: endHeardAt, endHeardAt }
    await seedRun(tx, plan, { ...times, bytesProcessed: 5 * GIB, bytesAdded: 0, ...story.run })
    if (story.readBack) {
      const damage = { part: 3, parts: 10, startedAt: ago(2 * DAY_MS), heardAt: ago(2 * DAY_MS) }
      const data = { readDamage: JSON.stringify(damage) }
      await tx.repository.update({ where: { id: repository.id }, data })
      for (const [nth, [part, parts, code = null]] of story.readBack.entries()) {
        const at = ago(DAY_MS - nth * MINUTE_MS)
        const verified = JSON.stringify({ part, parts, durationMs: 1, code, detail: '' })
        await seedRun(tx, plan, { startedAt: at, heardAt: at, finishedAt: at, endHeardAt: at, verified })
      }
    }
    if (story.drilledDaysAgo !== undefined)
      await seedDrill(tx, plan, { heardAt: ago(story.drilledDaysAgo * DAY_MS) })
    const whose = { providerId: provider.id, customerId: customer.id, serverId: server.id }
    const of = { ...whose, repositoryId: repository.id }
    if (stock) await tx.vaultStock.create({ data: { ...of, ...stockOf(stock) } })
    for (const [from, to, mib] of counts)
      await tx.vaultCount.create({
        data: { ...of, firstAt: hoursAgo(from), lastAt: hoursAgo(to), bytes: mib * MIB },
      })
    if (damagedInTrash !== undefined)
      await tx.vaultDamage.create({
        data: {
          ...{ ...of, vaultId: vault.id, kind: 'data', name: 'ab'.repeat(32), isInTrash: damagedInTrash },
          ...{ found: 'cd'.repeat(32), foundAt: hoursAgo(2) },
        },
      })
    return { server, vaultId: vault.id }
  })
}
const stockOf = ({ bytes, trashBytes = 0, hoursAgo: hours = 0.5 }: NonNullable<Story['stock']>) => ({
  ...{ bytes, trashBytes },
  countedAt: hoursAgo(hours),
})

async function found(story: Story): Promise<string[]> {
  const { server, vaultId } = await tell(story)
  await auditor.auditAll()
  const subjects = [`vault ${vaultId}`, `customer ${server.customerId}`]
  const rows = await inTenant((tx) =>
    tx.condition.findMany({
      where: {
        clearedAt: null,
        code: { not: 'agent_silent' },
        OR: [{ serverId: server.id }, { subject: { in: subjects } }],
      },
      orderBy: { code: 'asc' },
    }),
  )
  for (const { code, facts } of rows) expect(inWords(code, facts).sentence).not.toContain('?')
  return rows.map(({ code, severity }) => `${code} ${severity}`)
}

const silentVault = (hours: number, problemHours = hours - 1) => ({
  ...{ problemCode: 'vault_unreachable', reachedAt: hoursAgo(hours), problemSince: hoursAgo(problemHours) },
})
const away = (days: number) => ({ online: false, offlineCode: 'ping_timeout', changedAt: ago(days * DAY_MS) })
const added = { bytesAdded: 300 * MIB }
const pruned = { snapshotsRemoved: 1, snapshotsKept: 14, bytesFreed: 30 * GIB }

const STORIES: readonly [string, Story, ...string[]][] = [
  ['all is well', { stock: { bytes: GIB }, counts: [[200, 1, 40_000]] }],
  // ── Vaults ──
  ['a vault that missed one look', { vault: silentVault(1.5) }],
  ['a vault that missed the first look after nobody had looked all night', { vault: silentVault(9, 1 / 60) }],
  ['a vault that missed two looks within a quarter of an hour', { vault: silentVault(9, 1 / 4) }],
  [
    'a vault that missed two looks after nobody had looked all night',
    { vault: silentVault(9, 1.05) },
    'vault_unreachable warning',
  ],
  ['a vault that is away since this morning', { vault: silentVault(5) }, 'vault_unreachable warning'],
  ['a vault that is away for days', { vault: silentVault(50) }, 'vault_unreachable critical'],
  [
    'a vault that nobody uses yet',
    {
      vault: { ...silentVault(50), verifiedAt: null },
      isUnused: true,
      presence: { changedAt: ago(MINUTE_MS) },
    },
    'vault_unreachable notice',
  ],
  ['a damaged vault', { vault: { damagedTotal: 3 } }, 'vault_damaged critical'],
  [
    'a vault that was never read',
    { vault: { verifiedAt: null }, drilledDaysAgo: 1 },
    'vault_unverified warning',
  ],
  ['a vault read long ago', { vault: { verifiedAt: ago(50 * DAY_MS) } }, 'vault_unverified warning'],
  ['a new vault', { vault: { verifiedAt: null, createdAt: ago(9 * DAY_MS) }, drilledDaysAgo: 1 }],
  // ── Room ──
  ['room enough', { quotaBytes: 100 * GIB, stock: { bytes: 89 * GIB } }],
  [
    'room nearly used up, with the trash',
    { quotaBytes: 100 * GIB, stock: { bytes: 80 * GIB, trashBytes: 12 * GIB } },
    'quota_nearly_full warning',
  ],
  ['no room', { quotaBytes: 100 * GIB, stock: { bytes: 100 * GIB } }, 'quota_full critical'],
  ['no room the day before yesterday', { quotaBytes: GIB, stock: { bytes: GIB, hoursAgo: 40 } }],
  // ── Leave ──
  ['away for three weeks', { presence: away(21) }],
  ['away for 25 days', { presence: away(25) }, 'vault_leave_ending warning'],
  ['away for longer than its leave', { presence: away(31) }, 'vault_leave_ending critical'],
  // ── Repositories ──
  ['a damaged object', { damagedInTrash: false }, 'repository_damaged critical'],
  ['a damaged object that was deleted', { damagedInTrash: true }],
  [
    'a folder that nobody has read back',
    { repository: { kind: 'folder', place: '{}', location: '/srv/r' } },
    'repository_unchecked notice',
  ],
  [
    'a folder that a drill restored from',
    { repository: { kind: 'folder', place: '{}', location: '/srv/r' }, drilledDaysAgo: 20 },
  ],
  [
    'a folder of which a part was read back',
    { repository: { kind: 'folder', place: '{}', location: '/srv/r' }, run: { verified: '{"code":null}' } },
  ],
  [
    'a folder of which a part could not be read back',
    { repository: { kind: 'folder', place: '{}', location: '/srv/r' }, run: { verified: '{"code":"x"}' } },
    'repository_unchecked notice',
  ],
  ['damage that was found when it was read back', { readBack: [] }, 'read_back_damaged critical'],
  ['damage, and another part is in order', { readBack: [[4, 10]] }, 'read_back_damaged critical'],
  [
    'damage, and its part could not be read since',
    { readBack: [[3, 10, 'repository_locked']] },
    'read_back_damaged critical',
  ],
  ['damage, and its part is in order again', { readBack: [[3, 10]] }],
  ['damage, and all of it is in order again', { readBack: [[1, 1]] }],
  [
    'damage, and a half of it is in order',
    {
      readBack: [
        [1, 2],
        [1, 2],
      ],
    },
    'read_back_damaged critical',
  ],
  [
    'damage, and both halves are in order again',
    {
      readBack: [
        [2, 2],
        [1, 2],
      ],
    },
  ],
  [
    'less in the vault than before',
    {
      counts: [
        [200, 20, 40_000],
        [19, 1, 30_000],
      ],
    },
    'repository_shrank critical',
  ],
  [
    'nothing in the vault any more',
    {
      counts: [
        [200, 20, 40_000],
        [19, 1, 0],
      ],
    },
    'repository_shrank critical',
  ],
  [
    'a little less',
    {
      counts: [
        [200, 20, 40_000],
        [19, 1, 39_800],
      ],
    },
  ],
  [
    'less after a prune',
    {
      run: pruned,
      counts: [
        [200, 11, 40_000],
        [9, 1, 30_000],
      ],
    },
  ],
  [
    'less long after a prune',
    {
      run: pruned,
      counts: [
        [200, 11, 40_000],
        [9, 4, 30_000],
        [3, 1, 20_000],
      ],
    },
    'repository_shrank critical',
  ],
  [
    'less, and a prune that was cut',
    {
      run: { tidyCode: 'repository_locked' },
      counts: [
        [200, 11, 40_000],
        [9, 1, 3],
      ],
    },
  ],
  [
    'less while the server is away: its news is still to come',
    {
      presence: away(1),
      counts: [
        [200, 11, 40_000],
        [9, 1, 30_000],
      ],
    },
  ],
  [
    'less just before it came back: its news is on its way',
    {
      presence: { changedAt: ago(5 * MINUTE_MS) },
      counts: [
        [200, 2, 40_000],
        [1, 0.1, 30_000],
      ],
    },
  ],
  [
    'less two weeks ago',
    {
      counts: [
        [400, 220, 40_000],
        [219, 1, 30_000],
      ],
    },
  ],
  // ── Backups ──
  [
    'a backup that arrived',
    {
      run: added,
      counts: [
        [200, 11, 40_000],
        [9, 1, 40_150],
      ],
    },
  ],
  [
    'a backup that is packed well',
    {
      run: added,
      counts: [
        [200, 11, 40_000],
        [9, 1, 40_001],
      ],
    },
  ],
  ['a backup that did not arrive', { run: added, counts: [[200, 1, 40_000]] }, 'backup_not_stored critical'],
  ['a first backup that did not arrive', { run: added, counts: [[200, 1, 0]] }, 'backup_not_stored critical'],
  ['a backup after which nothing was counted yet', { run: added, counts: [[200, 9.8, 40_000]] }],
  ['a backup before which nothing was counted', { run: added, counts: [[9, 1, 40_000]] }],
  ['a backup of which little was new', { run: { bytesAdded: 2 * MIB }, counts: [[200, 1, 40_000]] }],
  ['a backup that gave as much back', { run: { ...added, ...pruned }, counts: [[200, 1, 40_000]] }],
  [
    'a backup made while it was away, and counted before it was heard of',
    {
      run: { ...added, startedAt: hoursAgo(40), finishedAt: hoursAgo(39) },
      presence: { changedAt: hoursAgo(10.1) },
      counts: [
        [200, 41, 40_000],
        [38, 1, 40_200],
      ],
    },
  ],
  [
    'a backup that is said to be older than the link it was reported on',
    { run: { ...added, startedAt: hoursAgo(40), finishedAt: hoursAgo(9.6) }, counts: [[100, 1, 40_000]] },
    'backup_not_stored critical',
  ],
]

describe('of vaults', () => {
  test.each(STORIES)('%s', async (_, story, ...codes) => {
    expect(await found(story)).toEqual(codes)
  })

  test('what is over is cleared', async () => {
    const { vaultId } = await tell({ vault: { damagedTotal: 1 } })
    const rows = () => inTenant((tx) => tx.condition.findMany({ where: { subject: `vault ${vaultId}` } }))
    await auditor.auditAll()
    expect(await rows()).toMatchObject([{ code: 'vault_damaged', customerId: null, clearedAt: null }])
    await inTenant((tx) => tx.vault.update({ where: { id: vaultId }, data: { damagedTotal: 0 } }))
    await auditor.auditAll()
    expect(await rows()).toMatchObject([{ clearedAt: NOW }])
  })
})
