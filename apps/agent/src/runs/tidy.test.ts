/** Retention as part of a run: a real state and a real restic, without any portal. */
import { type Plan, type Retention, serverName } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Catalogues } from '../catalogue/catalogues.ts'
import { Drills } from '../drills/drills.ts'
import { DEFAULT_POLICY } from '../policy.ts'
import { Restores } from '../restore/restores.ts'
import { State } from '../state/state.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'
import { recover } from './recover.ts'
import { Runs } from './runs.ts'
import { isPruneDue } from './tidy.ts'

const DAY_MS = 24 * 60 * 60_000
const KEEP_TWO: Retention = {
  ...{ last: 2, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 },
}

let site: Site
let state: State
let portalId: string
let runs: Runs

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
  runs = new Runs(state, site.settings, { onProgress: () => {}, onEnd: () => {} })
  allowForget()
})
afterEach(async () => {
  await runs.stop()
  state.close()
  await site[Symbol.asyncDispose]()
})

const allowForget = (forget = true) => state.portals.setPolicy(portalId, { ...DEFAULT_POLICY, forget })

const planOf = (retention: Retention | null): Plan => ({
  ...{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID },
  ...{ sources: [site.folder.at('data')], retention },
})

function begin(retention: Retention | null) {
  state.plans.replace(portalId, [planOf(retention)])
  const startable = runs.look(portalId, PLAN_ID, 1)
  if (!startable.ok) throw new Error(startable.refusal.code)
  const { plan, repository } = startable
  return { plan, repository, runId: runs.begin(portalId, plan, { commandId: null, why: 'schedule' }) }
}

async function run(retention: Retention | null) {
  const { runId, plan, repository } = begin(retention)
  const result = await runs.follow(runId, plan, repository)
  runs.finish(runId, portalId, result)
  runs.forget(runId, result)
  return result
}

const reported = () =>
  state.outbox.next(portalId).flatMap(({ fact }) => (fact.type === 'runFinished' ? [fact] : []))

describe('after a backup', () => {
  test('what is no longer kept is removed, the space is given back, and the run says so', async () => {
    await run(KEEP_TWO)
    await run(KEEP_TWO)
    const { outcome, tidied } = await run(KEEP_TWO)
    expect(outcome).toBe('succeeded')
    expect(tidied).toMatchObject({ snapshotsRemoved: 1, snapshotsKept: 2, code: null })
    expect(tidied?.bytesFreed).toBeGreaterThanOrEqual(0)
    expect(reported().at(-1)).toMatchObject({ tidied: { snapshotsRemoved: 1 } })
    expect(state.runs.last(1)).toMatchObject([{ result: { tidied: { snapshotsRemoved: 1 } } }])
    // Not again on the same day: what was removed waits.
    expect((await run(KEEP_TWO)).tidied).toMatchObject({ snapshotsRemoved: 1, bytesFreed: null })
    expect(state.repositories.pruning(REPOSITORY_ID)).toMatchObject({ forgotten: 1 })
  })

  test('everything is kept where the plan says nothing, or keeps nothing by any rule', async () => {
    for (const retention of [null, { ...KEEP_TWO, last: 0 }, null])
      expect(await run(retention)).not.toHaveProperty('tidied')
  })

  test('nothing is removed for a portal that may not, and the person is told what to type', async () => {
    allowForget(false)
    const keepOne = { ...KEEP_TWO, last: 1 }
    await run(keepOne)
    const { outcome, tidied } = await run(keepOne)
    expect(outcome).toBe('succeeded')
    expect(tidied).toMatchObject({ snapshotsRemoved: 0, code: 'policy_refused' })
    expect(tidied?.detail).toContain('allow forget')
  })

  test('a backup that failed removes nothing', async () => {
    await run(KEEP_TWO)
    const gone = { ...planOf({ ...KEEP_TWO, last: 1 }), sources: [site.folder.at('gone')] }
    state.plans.replace(portalId, [gone])
    const { runId, plan, repository } = begin({ ...KEEP_TWO, last: 1 })
    const result = await runs.follow(runId, { ...plan, sources: gone.sources }, repository)
    expect(result).toMatchObject({ outcome: 'failed', code: 'source_missing' })
    expect(result).not.toHaveProperty('tidied')
    runs.finish(runId, portalId, result)
    runs.forget(runId, result)
  })
})

test('an agent that dies while it removes reports the backup as made', async () => {
  const { runId, plan, repository } = begin(KEEP_TWO)
  const done = await runs.follow(runId, plan, repository)
  // The run was never finished: the agent died after the backup, as the journal shows.
  expect(state.runs.unfinished()).toMatchObject([{ id: runId, backedUp: { snapshotId: done.snapshotId } }])
  const nobody = { tell: () => {}, onProgress: () => {} }
  const catalogues = new Catalogues(state, site.settings, () => {})
  const restores = new Restores({ state, settings: site.settings, catalogues, ...nobody })
  const workshop = {
    state,
    settings: site.settings,
    runs,
    restores,
    drills: new Drills({ state, settings: site.settings, turns: runs.turns, tell: () => {} }),
    catalogues,
    tell: () => {},
    onRepository: () => {},
  }
  await recover(workshop, () => {})
  expect(reported()).toMatchObject([
    { runId, outcome: 'succeeded', snapshotId: done.snapshotId, tidied: { code: 'interrupted' } },
  ])
  runs.forget(runId, done)
})

test('space is given back once a day at most, and never for more than a twentieth of the time', () => {
  const now = new Date('2026-11-21T12:00:00Z')
  const ago = (days: number) => new Date(now.getTime() - days * DAY_MS)
  expect(isPruneDue({ forgotten: 0, prunedAt: null, tookMs: 0 }, now)).toBe(false)
  expect(isPruneDue({ forgotten: 1, prunedAt: null, tookMs: 0 }, now)).toBe(true)
  expect(isPruneDue({ forgotten: 1, prunedAt: ago(0.9), tookMs: 1_000 }, now)).toBe(false)
  expect(isPruneDue({ forgotten: 1, prunedAt: ago(1), tookMs: 1_000 }, now)).toBe(true)
  expect(isPruneDue({ forgotten: 1, prunedAt: ago(4), tookMs: DAY_MS / 4 }, now)).toBe(false)
  expect(isPruneDue({ forgotten: 1, prunedAt: ago(5), tookMs: DAY_MS / 4 }, now)).toBe(true)
  expect(isPruneDue({ forgotten: 1, prunedAt: ago(-3), tookMs: 0 }, now)).toBe(true)
})
