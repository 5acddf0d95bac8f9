import { REFUSALS } from '@holdfast/protocol'
import { expect, test } from 'vitest'
import type { StatusReport } from '../daemon/status.ts'
import { statusText } from './status-text.ts'

const NOW = Date.parse('2026-11-21T08:00:00Z')
const REPOSITORY = '019a3f00-6666-7aaa-8bbb-0123456789ab'
const RUN = '019a3f00-5555-7aaa-8bbb-0123456789ab'

const quiet: StatusReport = {
  notices: [],
  listening: null,
  pid: 4711,
  version: '0.1.0',
  stateFolder: '/var/lib/holdfast-agent',
  startedAt: NOW - 11_520_000,
  portals: [],
  repositories: [],
  running: [],
  lastRuns: [],
}
const portal: StatusReport['portals'][number] = {
  name: 'acme/fileserver',
  displayName: "Bill's IT service",
  address: 'portal.example:16888',
  ip: '203.0.113.7',
  proxy: null,
  isCalled: false,
  state: 'online',
  code: null,
  detail: '',
  since: NOW - 600_000,
  lastProofAt: NOW - 4_000,
  nextDialAt: null,
  notices: [],
  reportsWaiting: 0,
  plans: [],
}
const bodyOf = (report: StatusReport) => statusText(report, NOW).split('\n').slice(2)

test('a fresh agent says what to do next', () => {
  expect(statusText(quiet, NOW)).toBe(
    `Holdfast agent 0.1.0, running for 3 h 12 min (process 4711)

Portal      This agent has no portal yet
            Run "holdfast-agent join" and paste the join token from the console.
Plans       none yet: make one in the console
Running     nothing at this moment
Last runs   none yet`,
  )
})

test('a linked agent shows the evidence, and how far its run is', () => {
  const report: StatusReport = {
    ...quiet,
    portals: [
      {
        ...portal,
        plans: [
          { id: RUN, revision: 3, name: 'Daily', repositoryId: REPOSITORY, sources: ['/srv/data', '/etc'] },
        ],
      },
    ],
    repositories: [{ id: REPOSITORY, name: 'Second disk', place: '/mnt/backup', state: 'ready' }],
    running: [
      {
        runId: RUN,
        plan: 'Daily',
        startedAt: new Date(NOW - 120_000).toISOString(),
        progress: {
          runId: RUN,
          phase: 'uploading',
          filesDone: 120,
          filesTotal: 4_012,
          bytesDone: 73_400_320,
          bytesTotal: 2_500_000_000,
          bytesPerSecond: 52_428_800,
          secondsLeft: 46,
          currentFile: '/srv/data/Rechnungen 2026/März.pdf',
        },
      },
    ],
  }
  expect(bodyOf(report)).toEqual([
    "Portal      Bill's IT service, at portal.example:16888 (203.0.113.7), as acme/fileserver",
    '            online for 10 min, last sign of life 4 s ago',
    'Plans       Daily (revision 3): /srv/data and 1 more, to Second disk (/mnt/backup)',
    '              runs only when somebody starts it',
    'Running     Daily, started 2 min ago: 2 %, 120 of 4,012 files, 70.0 MiB of 2.3 GiB, 50.0 MiB/s, 46 s left',
    '            /srv/data/Rechnungen 2026/März.pdf',
    'Last runs   none yet',
  ])
})

test('an agent without a link says why, what to do, and when it tries again', () => {
  const offline: StatusReport = {
    ...quiet,
    portals: [
      {
        ...portal,
        state: 'offline',
        code: 'connection_refused',
        detail: 'portal.example:16888, ECONNREFUSED',
        lastProofAt: null,
        nextDialAt: NOW + 12_000,
        reportsWaiting: 3,
      },
    ],
  }
  expect(bodyOf(offline).slice(0, 5)).toEqual([
    "Portal      Bill's IT service, at portal.example:16888 (203.0.113.7), as acme/fileserver",
    '            offline for 10 min, next try in 12 s',
    '            Connection refused (portal.example:16888, ECONNREFUSED) [connection_refused]',
    '              Check the port, that the portal is running, and that its router forwards this port.',
    '            3 reports waiting to be sent',
  ])
})

test('past runs show what they came to', () => {
  const run = {
    runId: RUN,
    plan: 'Daily',
    startedAt: new Date(NOW - 3_600_000).toISOString(),
    finishedAt: new Date(NOW - 3_472_000).toISOString(),
    detail: '',
  }
  const counts = {
    filesNew: 10,
    filesChanged: 2,
    filesUnmodified: 4_000,
    bytesProcessed: 2_500_000_000,
    bytesAdded: 1_048_576,
    filesUnreadable: 7,
    unreadablePaths: [1, 2, 3, 4, 5, 6, 7].map((n) => `/srv/data/${n}.db`),
  }
  const report: StatusReport = {
    ...quiet,
    lastRuns: [
      { ...run, outcome: 'warning', snapshotId: '5b'.repeat(32), counts, code: 'files_unreadable' },
      { ...run, outcome: 'failed', snapshotId: null, counts: null, code: 'disk_full', detail: '/mnt/backup' },
    ],
  }
  const lines = bodyOf(report).slice(-11)
  expect(lines[0]).toMatch(
    /^Last runs {3}\d{4}-\d\d-\d\d \d\d:\d\d {2}Daily: done, with warnings, snapshot 5b5b5b5b, 4,012 files, 2\.3 GiB read, 1\.0 MiB added, 2 min 8 s$/,
  )
  expect(lines[1]).toBe('              Some files could not be read [files_unreadable]')
  expect(lines[2]).toMatch(/^ {14}Look at the files named: /)
  expect(lines.slice(3, 9)).toEqual([
    ...[1, 2, 3, 4, 5].map((n) => `              /srv/data/${n}.db`),
    '              and 2 more',
  ])
  expect(lines[9]).toMatch(/Daily: failed, 2 min 8 s$/)
  expect(lines[10]).toBe('              The disk is full (/mnt/backup) [disk_full]')
})

test('what is wrong on the machine itself has its place, with what to do', () => {
  expect(bodyOf({ ...quiet, notices: ['restic_missing'] }).slice(2, 4)).toEqual([
    'Machine     restic is not installed [restic_missing]',
    `              ${REFUSALS.restic_missing.todo}`,
  ])
})

test('names that would speak to the terminal do not', () => {
  const hostile = { ...portal, displayName: '\u{1b}[2Jgone' }
  expect(statusText({ ...quiet, portals: [hostile] }, NOW)).not.toContain('\u{1b}')
})

test.each([
  [{ ip: null, proxy: 'http://proxy:3128' }, 'at portal.example:16888 through http://proxy:3128, as'],
  [{ ip: '203.0.113.7', address: '203.0.113.7:443' }, 'at 203.0.113.7:443, as'],
  [{ ip: '2001:db8::1', address: '[2001:db8::1]:443' }, 'at [2001:db8::1]:443, as'],
])('the way to a portal is told as it is: %j', (way, told) => {
  expect(bodyOf({ ...quiet, portals: [{ ...portal, ...way }] })[0]).toContain(told)
})

test('a plan with a schedule says when it runs next, or that it cannot', () => {
  const schedule = {
    ...{ times: { kind: 'daily' as const, at: '09:30' }, timeZone: 'Europe/Berlin' },
    ...{ jitterMinutes: 0, quiet: [], runMissed: true },
  }
  const plan = { id: RUN, revision: 1, name: 'Daily', repositoryId: REPOSITORY, sources: ['/srv/data'] }
  const linesOf = (timeZone: string) =>
    bodyOf({
      ...quiet,
      portals: [{ ...portal, plans: [{ ...plan, schedule: { ...schedule, timeZone } }] }],
    }).join('\n')
  expect(linesOf('Europe/Berlin')).toMatch(/runs next on .+, in 30 min/)
  expect(linesOf('Mars/Olympus')).toContain('has a schedule that this machine cannot keep')
})
