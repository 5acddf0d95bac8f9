/**
 * Silent faults: what goes wrong with backups while everything reports that it is well. Each is made on a server of its
 * own with a healthy month behind it, and must be found under its name. What else the same fault rightly brings is
 * `also`; any other condition is a false alarm.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto'
import { type DrillFinished, WEEKLY_DRILL } from '@holdfast/protocol'
import { signDrill } from '@holdfast/protocol/drill-proof'
import type { Laboratory, PlayedServer, ServerWish } from './laboratory.ts'
import { ago } from './laboratory.ts'
import { DAY_MS, HOUR_MS, MIB, type Night } from './nights.ts'

export type Fault = {
  readonly name: string
  readonly condition: string
  readonly also?: readonly string[]
  /** What the condition is about, where that is not the server. */
  readonly of?: 'vault' | 'customer'
  readonly server?: ServerWish
  /** What its agent reports of the last nights, the last one first: lies, mostly. */
  readonly last?: readonly Night[]
  /** What happens besides. */
  readonly inject?: (server: PlayedServer, laboratory: Laboratory) => Promise<void>
}

/** A server with nothing wrong, however odd. */
export type Healthy = Pick<Fault, 'name' | 'server' | 'last' | 'inject'>

const times = (count: number, night: Night): Night[] => Array.from({ length: count }, () => night)
const failed = (code: Night['code'], detail = ''): Night => ({ outcome: 'failed', code, detail })
const tidied = (removed: number, kept: number, code: Night['code'] = null): Night => ({
  tidied: { snapshotsRemoved: removed, snapshotsKept: kept, bytesFreed: null, code, detail: '' },
})
const counts = (change: Night['counts']): Night => ({ counts: change })
const nothing = { filesNew: 0, filesChanged: 0, filesUnmodified: 0, bytesProcessed: 0, bytesAdded: 0 }
const fewer = { filesNew: 0, filesChanged: 3, filesUnmodified: 3_100 }
const renamed = { filesNew: 9_900, filesChanged: 0, filesUnmodified: 100, bytesAdded: 4_700 * MIB }
const inPlace = { filesNew: 0, filesChanged: 9_000, filesUnmodified: 1_000, bytesAdded: 4_400 * MIB }
const locked = { filesUnreadable: 1, unreadablePaths: ['/srv/db/orders.mdb'] }
const KEEPS_14 = {
  retention: JSON.stringify({
    last: 14,
    hourly: 0,
    daily: 0,
    weekly: 0,
    monthly: 0,
    yearly: 0,
    withinDays: 0,
  }),
}
const readBack = (code: 'repository_damaged' | null, part: number): Night => ({
  ...(code && { outcome: 'failed', code }),
  snapshotId: randomBytes(32).toString('hex'),
  verified: { part, parts: 10, durationMs: 60_000, code, detail: '' },
})
const WITHOUT_SCHEDULE = { schedule: null, scheduledAt: null, overdueAfterMinutes: null }

export const FAULTS: readonly Fault[] = [
  // ── Nobody is there ──
  {
    name: 'the machine was switched off, and nobody noticed',
    condition: 'agent_silent',
    inject: (server) => server.vanish(40 * 60_000),
  },
  {
    name: 'it is off since the day before yesterday: one condition, not an overdue backup as well',
    condition: 'agent_silent',
    inject: (server) => server.vanish(2 * DAY_MS),
  },
  {
    name: 'a server was registered, and the agent never installed',
    condition: 'never_joined',
    server: { isAway: true, plan: null },
  },
  {
    name: 'a server is connected, and nobody chose what to back up',
    condition: 'nothing_planned',
    server: { plan: null },
  },
  {
    name: 'somebody cloned the machine, and the clone knocks',
    condition: 'copy_seen',
    inject: async (server) => server.startCopy(),
  },
  // ── Clocks ──
  {
    name: 'its clock is a day ahead',
    condition: 'clock_skewed',
    server: { clockAheadMs: DAY_MS, nights: 10 },
  },
  {
    name: 'its clock is two hours behind',
    condition: 'clock_skewed',
    server: { clockAheadMs: -2 * HOUR_MS, nights: 10 },
  },
  {
    name: 'the agent dates its last backup into the future, to look fresh',
    condition: 'times_impossible',
    last: [{ endedHoursLater: 30 * 24 }],
  },
  {
    name: 'a run ended before it began',
    condition: 'times_impossible',
    last: [{ endedHoursLater: -2 }],
  },
  // ── Nothing runs ──
  {
    name: 'the scheduler of the agent stopped: connected, and silent about backups',
    condition: 'backup_overdue',
    server: { nights: 0 },
    inject: async (server) =>
      server.report({ nights: 20, last: times(4, { outcome: 'cancelled', code: 'run_cancelled' }) }),
  },
  {
    name: 'a new plan never ran',
    condition: 'plan_never_ran',
    server: { nights: 0, plan: { scheduledAt: ago(3 * DAY_MS), createdAt: ago(3 * DAY_MS) } },
  },
  {
    name: 'every run of a plan was cancelled',
    condition: 'plan_never_ran',
    server: { nights: 0 },
    last: times(5, { outcome: 'cancelled', code: 'run_cancelled' }),
  },
  {
    name: 'a plan that only runs when asked, and nobody asks',
    condition: 'backup_old',
    server: { nights: 0, plan: WITHOUT_SCHEDULE },
    inject: async (server) =>
      server.report({ nights: 3, last: times(14, { outcome: 'cancelled', code: 'run_cancelled' }) }),
  },
  {
    name: 'a plan was paused for the weekend, and forgotten for three weeks',
    condition: 'plan_paused',
    server: {
      plan: { scheduledAt: null, overdueAfterMinutes: null, pausedAt: ago(20 * DAY_MS) },
      skips: 20,
    },
  },
  {
    name: 'a run that began, and of which nobody ever heard again',
    condition: 'run_never_ended',
    last: [{}, { isOpen: true }],
  },
  {
    name: 'a run hangs since the day before yesterday',
    condition: 'run_never_ended',
    last: [{ isOpen: true, beganHoursLater: -45 }],
  },
  // ── Plans that are not followed ──
  {
    name: 'the agent keeps to the plan before the last change',
    condition: 'plan_not_taken_up',
    server: {
      plan: { revision: 4, agentRevision: 3 },
      held: (plans) => plans.map(({ id }) => ({ planId: id, revision: 3 })),
    },
    last: [{ planRevision: 3 }],
  },
  {
    name: 'the agent lost its plans',
    condition: 'plan_not_taken_up',
    server: { held: () => [] },
    inject: async (server) => server.tell({ type: 'plansHeld', held: [] }),
  },
  {
    name: 'the agent says that it has the new plan, and runs the old one',
    condition: 'old_plan_run',
    server: { plan: { revision: 4, agentRevision: 4, updatedAt: ago(4 * DAY_MS) } },
    last: [{ planRevision: 3 }],
  },
  {
    name: 'an agent that knows no schedules got a plan with one',
    condition: 'capability_lacking',
    server: { capabilities: ['backup', 'browse'] },
  },
  {
    name: 'an agent that cannot remove snapshots got a plan that wants it',
    condition: 'capability_lacking',
    server: { capabilities: ['backup', 'browse', 'schedule'], plan: KEEPS_14, nights: 2 },
  },
  // ── What is backed up is not what was ──
  {
    name: 'the folder to back up is gone',
    condition: 'source_vanished',
    last: [failed('source_missing', '/mnt/data')],
  },
  {
    name: 'the folder to back up may not be read any more',
    condition: 'source_vanished',
    last: [failed('source_unreadable', '/home')],
  },
  {
    name: 'the disk is not mounted: the folder is there, and empty, and the backup "succeeds"',
    condition: 'source_empty',
    last: [counts(nothing)],
  },
  {
    name: 'a success that names no figures at all',
    condition: 'source_empty',
    last: [{ counts: null }],
  },
  {
    name: 'a new plan names a folder in which there has never been a file',
    condition: 'success_of_nothing',
    server: { nights: 0 },
    last: [counts(nothing)],
  },
  {
    name: 'all files are there, and hold not one byte',
    condition: 'success_of_nothing',
    also: ['snapshot_shrank'],
    last: [counts({ bytesProcessed: 0, bytesAdded: 0 })],
  },
  {
    name: 'two thirds of the files were deleted',
    condition: 'files_vanished',
    last: [counts(fewer)],
  },
  {
    name: 'two thirds of the files were deleted four nights ago, and it looks usual by now',
    condition: 'files_vanished',
    last: times(4, counts(fewer)),
  },
  {
    name: 'a database is dumped in part only: half of the bytes, all of the files',
    condition: 'snapshot_shrank',
    last: [counts({ bytesProcessed: 2_300 * MIB })],
  },
  {
    name: 'a forgotten disk image makes the backup grow a hundredfold',
    condition: 'snapshot_grew',
    last: [counts({ bytesProcessed: 9_000 * MIB, bytesAdded: 3_800 * MIB, filesNew: 3 })],
  },
  {
    name: 'ransomware: every file has a new name and new contents',
    condition: 'mass_change',
    last: [counts(renamed)],
  },
  {
    name: 'ransomware that keeps the names',
    condition: 'mass_change',
    last: [counts(inPlace)],
  },
  {
    name: 'ransomware three nights ago, and quiet nights since',
    condition: 'mass_change',
    last: [{}, {}, {}, counts(renamed)],
  },
  {
    name: 'an open database is left out, every night',
    condition: 'files_skipped',
    last: times(3, { outcome: 'warning', code: 'files_unreadable', counts: locked }),
  },
  {
    name: 'the disk of the repository is full since three nights',
    condition: 'backup_failing',
    last: times(3, failed('disk_full')),
  },
  {
    name: 'the machine dies in the middle of each run',
    condition: 'backup_failing',
    last: times(2, { outcome: 'unknown', code: 'interrupted' }),
  },
  {
    name: 'the repository cannot be opened any more',
    condition: 'backup_failing',
    last: [failed('repository_damaged')],
  },
  // ── Successes that cannot be ──
  {
    name: 'an agent reports success, and no snapshot',
    condition: 'success_without_snapshot',
    last: [{ snapshotId: null }],
  },
  {
    name: 'an agent reports the snapshot of yesterday again',
    condition: 'snapshot_repeated',
    last: times(2, { snapshotId: 'cd'.repeat(32) }),
  },
  {
    name: 'an agent reports one snapshot for weeks',
    condition: 'snapshot_repeated',
    inject: (server) => server.lie(...times(12, { snapshotId: 'ab'.repeat(32) })),
  },
  {
    name: 'more was written in a moment than any disk can',
    condition: 'figures_impossible',
    also: ['snapshot_grew'],
    last: [counts({ bytesProcessed: 90_000_000 * MIB, bytesAdded: 80_000_000 * MIB })],
  },
  {
    name: 'ten times more was added to the repository than was read',
    condition: 'figures_impossible',
    also: ['snapshot_grew'],
    last: [counts({ bytesAdded: 50_000 * MIB })],
  },
  // ── Repositories ──
  {
    name: 'the repository could not be made',
    condition: 'repository_failed',
    server: { nights: 0, plan: WITHOUT_SCHEDULE },
    inject: async (server, laboratory) => {
      const plan = await laboratory.planOf(server)
      await server.tell({
        type: 'repositoryChanged',
        repositoryId: plan.repositoryId,
        state: 'failed',
        code: 'disk_full',
        detail: '',
      })
    },
    also: ['backup_old'],
  },
  {
    name: 'old snapshots are never removed: the repository is locked each time',
    condition: 'retention_not_applied',
    server: { plan: KEEPS_14, nights: 0 },
    last: times(5, tidied(0, 0, 'repository_locked')),
  },
  {
    name: 'old snapshots are never removed: the site does not allow it',
    condition: 'retention_not_applied',
    server: { plan: KEEPS_14, nights: 0 },
    last: times(5, tidied(0, 0, 'policy_refused')),
  },
  {
    name: 'old snapshots are never removed, and the agent does not say a word of it',
    condition: 'retention_not_applied',
    server: { plan: KEEPS_14, nights: 0 },
    last: times(5, {}),
  },
  {
    name: 'somebody deleted ten snapshots from the repository',
    condition: 'snapshots_fell',
    server: { plan: KEEPS_14, nights: 0 },
    last: [tidied(0, 5), tidied(1, 14), tidied(1, 14)],
  },
  {
    name: 'a part of the repository is not what was stored, and another part is in order',
    condition: 'read_back_damaged',
    last: [readBack(null, 4), readBack('repository_damaged', 3)],
  },
  {
    name: 'the snapshots are removed, and their space is never given back',
    condition: 'repository_not_pruned',
    server: { plan: KEEPS_14, nights: 0 },
    last: times(40, tidied(1, 14)),
  },
]

const DRILLED = { options: JSON.stringify({ drill: WEEKLY_DRILL }) }
const manifest = { digest: 'cd'.repeat(32), files: 50, bytes: 40 * MIB }
const SNAPSHOT = 'ef'.repeat(32)
const PROVEN_NIGHT: Night = { snapshotId: SNAPSHOT, manifest }

/** A drill of the last night's snapshot, signed, and then changed as a liar would. */
async function drill(
  server: PlayedServer,
  laboratory: Laboratory,
  {
    facts = {},
    lie = {},
    key = generateKeyPairSync('ed25519').privateKey,
  }: { facts?: Partial<DrillFinished>; lie?: Partial<DrillFinished>; key?: KeyObject } = {},
): Promise<void> {
  const plan = await laboratory.planOf(server)
  const at = new Date().toISOString()
  const held = {
    ...{ drillId: randomUUID(), planId: plan.id, repositoryId: plan.repositoryId, snapshotId: SNAPSHOT },
    ...{ startedAt: at, finishedAt: at, outcome: 'passed' as const, files: 50, filesWrong: 0 },
    ...{ bytes: 40 * MIB, wrongPaths: [], manifest: manifest.digest, code: null, detail: '', ...facts },
  }
  await server.tell({ type: 'drillFinished', ...held, ...signDrill(held, key), ...lie })
}

export const DRILL_FAULTS: readonly Fault[] = [
  {
    name: 'a drill could not bring three files back',
    condition: 'drill_failed',
    server: { plan: DRILLED },
    last: [PROVEN_NIGHT],
    inject: (server, laboratory) =>
      drill(server, laboratory, { facts: { outcome: 'failed', filesWrong: 3, wrongPaths: ['/srv/a.txt'] } }),
  },
  {
    name: 'an agent claims a drill with more files than it signed for',
    condition: 'drill_unproven',
    server: { plan: DRILLED },
    last: [PROVEN_NIGHT],
    inject: (server, laboratory) => drill(server, laboratory, { lie: { files: 5_000 } }),
  },
  {
    name: 'an agent compares its drill with a list that it made afterwards',
    condition: 'drill_unproven',
    server: { plan: DRILLED },
    last: [PROVEN_NIGHT],
    inject: (server, laboratory) => drill(server, laboratory, { facts: { manifest: 'aa'.repeat(32) } }),
  },
  {
    name: 'somebody with the password of a server signs its drills by a key of his own',
    condition: 'drill_unproven',
    server: { plan: DRILLED },
    last: [PROVEN_NIGHT],
    async inject(server, laboratory) {
      await drill(server, laboratory)
      await drill(server, laboratory)
    },
  },
  {
    name: 'a drill of nothing passed',
    condition: 'drill_unproven',
    server: { plan: DRILLED },
    last: [PROVEN_NIGHT],
    inject: (server, laboratory) => drill(server, laboratory, { facts: { files: 0, bytes: 0 } }),
  },
  {
    name: 'no file of a plan can be hashed, and its drills never come',
    condition: 'drill_impossible',
    server: { plan: DRILLED },
    last: [{ unsampled: { code: 'drill_no_sample', detail: '' } }, PROVEN_NIGHT],
  },
  {
    name: 'nothing is hashed for drills any more, and the agent does not say a word of it',
    condition: 'drill_impossible',
    server: { plan: DRILLED },
    last: [{}, {}, PROVEN_NIGHT],
  },
  {
    name: 'drills are wanted each week, and none was held for a month',
    condition: 'drill_overdue',
    server: { plan: DRILLED },
    last: [PROVEN_NIGHT],
  },
]

/** Servers with nothing wrong, however odd: each must stay without any condition. */
export const HEALTHY: readonly Healthy[] = [
  { name: 'a month of nights' },
  {
    name: 'a first backup',
    server: { nights: 0 },
    last: [counts({ filesNew: 10_000, filesChanged: 0, filesUnmodified: 0, bytesAdded: 4_800 * MIB })],
  },
  { name: 'a first week', server: { nights: 6 } },
  { name: 'a tenth of the files deleted', last: [counts({ filesUnmodified: 8_900 })] },
  { name: 'a quarter of the data archived', last: [counts({ bytesProcessed: 3_900 * MIB })] },
  {
    name: 'a tree that was touched: all changed, nothing new',
    last: [counts({ filesChanged: 9_900, filesUnmodified: 100, bytesAdded: 4 * MIB })],
  },
  { name: 'a disk image of 900 MiB', last: [counts({ filesNew: 1, bytesAdded: 900 * MIB })] },
  {
    name: 'a parent snapshot that restic did not find: all new, nothing added',
    last: [counts({ filesNew: 10_000, filesChanged: 0, filesUnmodified: 0, bytesAdded: MIB })],
  },
  {
    name: 'a full dump each Sunday',
    server: { nights: 0 },
    last: Array.from({ length: 30 }, (_, n) => (n % 7 === 0 ? counts({ bytesAdded: 4_000 * MIB }) : {})),
  },
  {
    name: 'one night with files in use',
    last: [
      {
        outcome: 'warning',
        code: 'files_unreadable',
        counts: { filesUnreadable: 1, unreadablePaths: ['/srv/open.xlsx'] },
      },
    ],
  },
  {
    name: 'other files in use each night',
    last: [0, 1, 2].map(
      (n) =>
        ({
          outcome: 'warning',
          code: 'files_unreadable',
          counts: { filesUnreadable: 1, unreadablePaths: [`/srv/open-${n}.xlsx`] },
        }) as const,
    ),
  },
  { name: 'a failure three nights ago, and well since', last: [{}, {}, {}, failed('disk_full')] },
  { name: 'a run that somebody cancelled', last: [{ outcome: 'cancelled', code: 'run_cancelled' }] },
  { name: 'a run that goes on', last: [{ isOpen: true }] },
  {
    name: 'retention that keeps fourteen',
    server: { plan: KEEPS_14, nights: 0 },
    last: times(20, tidied(1, 14)),
  },
  {
    name: 'retention that was shortened: nine removed at once',
    server: { plan: KEEPS_14, nights: 0 },
    last: [tidied(10, 5), ...times(10, tidied(1, 14))],
  },
  {
    name: 'one night without retention, for a lock',
    server: { plan: KEEPS_14, nights: 0 },
    last: [tidied(0, 0, 'repository_locked'), ...times(10, tidied(1, 14))],
  },
  { name: 'a plan without a schedule, backed up this week', server: { plan: WITHOUT_SCHEDULE, nights: 5 } },
  {
    name: 'a plan that somebody made smaller on purpose',
    server: { nights: 0, plan: { revision: 2, agentRevision: 2 } },
    last: [counts(fewer), ...times(12, { planRevision: 1 })],
  },
  { name: 'a clock that is four minutes off', server: { clockAheadMs: 4 * 60_000, nights: 10 } },
  {
    name: 'damage that was found in a repository, and mended',
    last: [readBack(null, 3), readBack('repository_damaged', 3)],
  },
  {
    name: 'one night of which nothing was hashed for drills, for a lock',
    server: { plan: DRILLED },
    last: [{ unsampled: { code: 'repository_locked', detail: '' } }, PROVEN_NIGHT],
    inject: (server, laboratory) => drill(server, laboratory),
  },
  {
    name: 'two drills that passed, signed by the same key',
    server: { plan: DRILLED },
    last: [PROVEN_NIGHT],
    async inject(server, laboratory) {
      const { privateKey: key } = generateKeyPairSync('ed25519')
      await drill(server, laboratory, { key })
      await drill(server, laboratory, { key })
    },
  },
]
