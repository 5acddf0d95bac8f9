/** What the judge finds, and what it has to let be, by a day in the life of one server. */
import { expect, test } from 'vitest'
import type { Execution } from '../witness/witness.ts'
import type { CommandRow, RunRow } from './evidence.ts'
import { judge } from './judge.ts'
import type { Given } from './ledger.ts'

const PLAN = { id: 'plan', name: 'Each minute', isScheduled: true, keepsAll: false }
const at = (time: string) => new Date(`2026-11-21T12:${time}Z`)

const run = (from: string, to: string, more: Partial<RunRow> = {}): RunRow => ({
  ...{ id: `run at ${from}`, planId: PLAN.id, commandId: null, why: 'schedule', state: 'succeeded' },
  ...{ startedAt: at(from), finishedAt: at(to), snapshotId: from, errorCode: null, tidied: null },
  ...more,
})
const asked = { commandId: 'command', why: 'asked' }
const given: Given = {
  ...{ kind: 'startRun', server: 'fs1', planId: PLAN.id, askedAtMs: 0, answer: { commandId: 'command' } },
}

function judged(
  runs: readonly RunRow[],
  commands: Record<string, CommandRow> = {},
  more: Partial<Execution> = {},
): string[] {
  const executions = runs.map(
    ({ startedAt, finishedAt, snapshotId }): Execution => ({
      ...{ pid: 1, command: 'backup', planId: PLAN.id, snapshotId },
      ...{ beganAtMs: startedAt.getTime(), endedAtMs: finishedAt?.getTime() ?? null },
      ...more,
    }),
  )
  const server = {
    server: 'fs1',
    plans: [PLAN],
    executions,
    runs,
    snapshots: [],
    stuckLocks: [],
    complaint: '',
  }
  const rows = new Map(Object.entries(commands))
  const all = Object.keys(commands).length > 0 ? [given] : []
  return judge({ servers: [server], commands: rows }, all, []).map(({ rule }) => rule)
}

test('a minute without its run is found', () => {
  const runs = [run('00:00', '00:05'), run('02:00', '02:05'), run('03:00', '03:05')]
  expect(judged(runs)).toEqual(['schedule_skipped'])
})

test('not where somebody had asked for the very plan, which does not run twice', () => {
  const succeeded = { command: { state: 'succeeded', code: null, runId: null } }
  const runs = [
    run('00:00', '00:05'),
    run('00:58', '01:05', asked),
    run('02:00', '02:05'),
    run('03:00', '03:05'),
  ]
  expect(judged(runs, succeeded)).toEqual([])
  const later = runs.map((one) => (one.commandId === null ? one : run('01:30', '01:35', asked)))
  expect(judged(later, succeeded)).toEqual(['schedule_skipped'])
})

test('two runs for one minute are found', () => {
  expect(judged([run('00:00', '00:05'), run('00:30', '00:35')])).toEqual(['schedule_twice'])
})

test('a command that is unknown without ever having had a run is lost', () => {
  const unknown = { command: { state: 'unknown', code: 'interrupted', runId: null } }
  expect(judged([], unknown)).toEqual(['command_lost'])
  const cut = run('00:00', '00:05', {
    ...asked,
    state: 'unknown',
    errorCode: 'interrupted',
    snapshotId: null,
  })
  expect(judged([cut], unknown)).not.toContain('command_lost')
})

test('a restic that goes on after its run was settled is found, and one whose end is noted late is not', () => {
  const cut = run('00:00', '00:05', { state: 'unknown', errorCode: 'interrupted', snapshotId: null })
  expect(judged([cut], {}, { endedAtMs: at('00:15').getTime() })).toContain('restic_left')
  expect(judged([cut], {}, { endedAtMs: at('00:06').getTime() })).not.toContain('restic_left')
})
