/** Two plans on one repository: they take turns, by real runs of a real restic, and never meet at its lock. */
import { readdirSync, writeFileSync } from 'node:fs'
import type { Plan, Retention } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Home } from '../repositories/testing/home.ts'
import type { Repository } from '../state/repositories.ts'
import { Turns } from './turns.ts'

const NEVER = new AbortController().signal
const KEEP_ONE: Retention = {
  ...{ last: 1, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 },
}

describe('turns at a repository', () => {
  let turns: Turns
  let told: string[]
  beforeEach(() => {
    turns = new Turns()
    told = []
  })
  const say = (text: string) => () => {
    told.push(text)
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve))

  test('come in the order in which they were asked for, each repository by itself', async () => {
    const first = await turns.take('a', NEVER)
    const second = turns.take('a', NEVER)
    const third = turns.take('a', NEVER)
    void second.then(say('second'))
    void third.then(say('third'))
    ;(await turns.take('b', NEVER))()
    await settled()
    expect(told).toEqual([])
    first()
    const release = await second
    await settled()
    expect(told).toEqual(['second'])
    release()
    await third
  })

  test('that are given up do not hold up those behind, nor let them past those before', async () => {
    const first = await turns.take('a', NEVER)
    const giveUp = new AbortController()
    const second = turns.take('a', giveUp.signal)
    const third = turns.take('a', NEVER)
    void third.then(say('third'))
    giveUp.abort(new Error('no more'))
    await expect(second).rejects.toThrow('no more')
    await settled()
    expect(told).toEqual([])
    first()
    await third
  })

  test('let readers in beside them, and nobody removes anything meanwhile', async () => {
    await turns.take('a', NEVER)
    const reader = await turns.read('a', NEVER)
    expect(turns.alone('a')).toBeNull()
    reader()
    const release = turns.alone('a')
    const late = turns.read('a', NEVER)
    void late.then(say('reader'))
    await settled()
    expect(told).toEqual([])
    release?.()
    await late
    expect(turns.alone('a')).toBeNull()
  })
})

describe('two plans with retention on one repository', () => {
  let home: Home
  let repository: Repository
  beforeEach(async () => {
    home = new Home()
    repository = await home.make({ kind: 'folder', folder: home.site.folder.at('both') })
  })
  afterEach(() => home[Symbol.asyncDispose]())

  const plans = (): Plan[] =>
    ['1', '2'].map((number) => ({
      ...{ id: `019a3f00-333${number}-7aaa-8bbb-0123456789ab`, revision: 1, name: `Plan ${number}` },
      ...{ repositoryId: repository.id, sources: [home.site.folder.at('data')], retention: KEEP_ONE },
    }))

  test('that begin in the same moment both make their backup and both remove what they no longer keep', async () => {
    const both = plans()
    home.state.plans.replace(home.portalId, both)
    for (const round of ['one', 'two', 'three']) {
      writeFileSync(home.site.folder.at('data', 'letter.txt'), `Dear customer, ${round}`)
      const begun = both.map((plan) => ({
        plan,
        runId: home.runs.begin(home.portalId, plan, { commandId: null, why: 'schedule' }),
      }))
      const results = await Promise.all(
        begun.map(async ({ plan, runId }) => {
          const result = await home.runs.follow(runId, plan, repository)
          home.runs.finish(runId, home.portalId, result)
          home.runs.forget(runId, result)
          return result
        }),
      )
      for (const result of results)
        expect(result).toMatchObject({ outcome: 'succeeded', tidied: { snapshotsKept: 1, code: null } })
    }
    expect(readdirSync(home.site.folder.at('both', 'snapshots'))).toHaveLength(2)
    expect(readdirSync(home.site.folder.at('both', 'locks'))).toEqual([])
  })

  test('a test asked for meanwhile waits for its turn as well', async () => {
    const [plan] = plans()
    if (plan === undefined) throw new Error('there is no plan')
    home.state.plans.replace(home.portalId, [plan])
    const runId = home.runs.begin(home.portalId, plan, { commandId: null, why: 'asked' })
    const [result, trial] = await Promise.all([
      home.runs.follow(runId, plan, repository),
      home.trial(repository),
    ])
    home.runs.finish(runId, home.portalId, result)
    home.runs.forget(runId, result)
    expect([result.outcome, trial]).toEqual(['succeeded', 'in order'])
  })
})
