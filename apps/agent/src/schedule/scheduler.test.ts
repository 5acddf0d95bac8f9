/** The scheduler on a real state and with a real restic, without any portal; only the clock is the test's. */
import { type Plan, serverName } from '@holdfast/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Catalogues } from '../catalogue/catalogues.ts'
import { Drills } from '../drills/drills.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { Restores } from '../restore/restores.ts'
import { Runs } from '../runs/runs.ts'
import type { LogNews } from '../state/log.ts'
import { State } from '../state/state.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'
import { Scheduler } from './scheduler.ts'

const SECOND_PLAN_ID = '019a3f00-3334-7aaa-8bbb-0123456789ab'
const schedule = {
  times: { kind: 'daily' as const, at: '02:30' },
  timeZone: 'UTC',
  jitterMinutes: 0,
  quiet: [],
  runMissed: true,
}

let site: Site
let state: State
let portalId: string
let runs: Runs
let scheduler: Scheduler
let now: Date
let news: LogNews[]

beforeEach(() => {
  site = new Site()
  state = new State(site.settings.stateFolder)
  portalId = state.portals.join({
    name: serverName.parse('acme/fileserver'),
    addresses: ['127.0.0.1:9'],
    password: 'not asked for here',
    certificate: null,
  }).id
  site.prepareRepository()
  at('2026-11-20T12:00:00Z')
  startScheduler()
})
afterEach(async () => {
  await stopScheduler()
  state.close()
  await site[Symbol.asyncDispose]()
})

function startScheduler(): void {
  news = []
  runs = new Runs(state, site.settings, { onProgress: () => {}, onEnd: () => scheduler.look() })
  const tell = (told: LogNews) => news.push(told)
  const catalogues = new Catalogues(state, site.settings, tell)
  const restores = new Restores({ state, settings: site.settings, catalogues, tell, onProgress: () => {} })
  const workshop = {
    state,
    settings: site.settings,
    runs,
    restores,
    drills: new Drills({ state, settings: site.settings, turns: runs.turns, tell }),
    catalogues,
    tell,
    onRepository: () => {},
  }
  scheduler = new Scheduler(workshop, { now: () => now })
  scheduler.start()
}

async function stopScheduler(): Promise<void> {
  scheduler.stopBeginning()
  await runs.stop()
  await scheduler.stop()
}

const at = (time: string) => {
  now = new Date(time)
}
const hold = (...plans: Partial<Plan>[]) => {
  const plan = { id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID, schedule }
  const sources = [site.folder.at('data')]
  state.plans.replace(
    portalId,
    plans.map((given) => ({ ...plan, sources, ...given })),
  )
  scheduler.look()
}
const lookAt = (time: string) => {
  at(time)
  scheduler.look()
}
const untilIdle = () => site.until(() => runs.active.length === 0)
/** Runs that have been reported, oldest first. */
const started = () =>
  state.outbox.next(portalId).flatMap(({ fact }) => (fact.type === 'runStarted' ? [fact] : []))
const outcomes = () =>
  state.outbox.next(portalId).flatMap(({ fact }) => (fact.type === 'runFinished' ? [fact.outcome] : []))

test('a plan runs at its time, once, and is in the journal and the reports like any other', async () => {
  hold({})
  lookAt('2026-11-21T02:29:59Z')
  expect(runs.active).toEqual([])
  lookAt('2026-11-21T02:30:00Z')
  lookAt('2026-11-21T02:30:01Z')
  await untilIdle()
  lookAt('2026-11-21T02:31:00Z')
  expect(started()).toMatchObject([{ planId: PLAN_ID, planRevision: 1, commandId: null, why: 'schedule' }])
  expect(outcomes()).toEqual(['succeeded'])
  expect(state.runs.last(10)).toMatchObject([{ why: 'schedule', result: { outcome: 'succeeded' } }])
  lookAt('2026-11-22T02:30:00Z')
  await untilIdle()
  expect(outcomes()).toEqual(['succeeded', 'succeeded'])
})

test('what was missed while the machine was off is one run, and only where that is wanted', async () => {
  const id = SECOND_PLAN_ID
  hold({}, { id, name: 'Not made up for', schedule: { ...schedule, runMissed: false } })
  await stopScheduler()
  at('2026-11-28T09:00:00Z')
  startScheduler()
  await untilIdle()
  lookAt('2026-11-28T09:00:30Z')
  expect(started()).toMatchObject([{ planId: PLAN_ID, why: 'missed' }])
})

test('an agent that is started anew does not run again what it has run', async () => {
  hold({})
  lookAt('2026-11-21T02:30:00Z')
  await untilIdle()
  await stopScheduler()
  at('2026-11-21T02:30:10Z')
  startScheduler()
  expect(started()).toHaveLength(1)
})

test('a clock that goes back does not run anything twice', async () => {
  hold({})
  lookAt('2026-11-21T02:30:00Z')
  await untilIdle()
  lookAt('2026-11-21T01:45:00Z')
  lookAt('2026-11-21T02:30:00Z')
  lookAt('2026-11-21T02:35:00Z')
  expect(started()).toHaveLength(1)
})

test('two plans on one repository run one after the other', async () => {
  hold({}, { id: SECOND_PLAN_ID, name: 'Also' })
  lookAt('2026-11-21T02:30:00Z')
  expect(runs.active).toHaveLength(1)
  await site.until(() => outcomes().length === 2)
  const facts = state.outbox.next(portalId).map(({ fact }) => fact.type)
  expect(facts).toEqual(['runStarted', 'runFinished', 'runStarted', 'runFinished'])
  expect(outcomes()).toEqual(['succeeded', 'succeeded'])
})

test('a run that waits for its repository is not missed, however long that takes', async () => {
  const waits = { id: SECOND_PLAN_ID, name: 'Waits', schedule: { ...schedule, runMissed: false } }
  hold({}, waits)
  lookAt('2026-11-21T02:30:00Z')
  // Hours later, and still before the first one has ended.
  lookAt('2026-11-21T09:00:00Z')
  await site.until(() => outcomes().length === 2)
  expect(started()).toMatchObject([{ planId: PLAN_ID }, { planId: SECOND_PLAN_ID, why: 'schedule' }])
})

test('what comes due while its own plan is running is settled by that run', async () => {
  const hourly = { ...schedule, times: { kind: 'hourly' as const, minute: 0 } }
  hold({ schedule: hourly })
  lookAt('2026-11-20T13:00:00Z')
  lookAt('2026-11-20T14:00:00Z')
  await untilIdle()
  lookAt('2026-11-20T14:00:30Z')
  expect(started()).toHaveLength(1)
  expect(news).toContainEqual(expect.objectContaining({ code: 'run_already_active' }))
})

test('a schedule that has changed counts from then on', async () => {
  hold({})
  lookAt('2026-11-20T23:00:00Z')
  const earlier = { ...schedule, times: { kind: 'daily' as const, at: '22:00' } }
  hold({ revision: 2, schedule: earlier })
  lookAt('2026-11-21T02:30:00Z')
  expect(started()).toEqual([])
  lookAt('2026-11-21T22:00:00Z')
  await untilIdle()
  expect(started()).toMatchObject([{ planRevision: 2 }])
})

test('a portal that may not run anything does not get it by way of a schedule', () => {
  state.portals.setPolicy(portalId, { ...DEFAULT_POLICY, run: false })
  hold({})
  lookAt('2026-11-21T02:30:00Z')
  lookAt('2026-11-21T02:30:30Z')
  expect(started()).toEqual([])
  expect(news.filter(({ code }) => code === 'policy_refused')).toHaveLength(1)
})

test('a schedule that this machine cannot keep is told once, and the others are kept', async () => {
  hold({ id: SECOND_PLAN_ID, name: 'Far away', schedule: { ...schedule, timeZone: 'Mars/Olympus' } }, {})
  lookAt('2026-11-21T02:30:00Z')
  await untilIdle()
  expect(started()).toMatchObject([{ planId: PLAN_ID }])
  expect(news.filter(({ subject }) => subject === 'plan Far away')).toMatchObject([
    { level: 'warn', text: expect.stringContaining('Mars/Olympus') },
  ])
})

test('a plan without a schedule never runs by itself', () => {
  hold({ schedule: null })
  lookAt('2027-11-21T02:30:00Z')
  expect(runs.active).toEqual([])
})
