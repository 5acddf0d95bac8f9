import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { TestGateway } from '../link/testing/gateway.ts'
import { PLAN_ID, Site } from '../testing/site.ts'

/** Runs by a real restic, through everything that may happen to a link, an agent and a machine. */

let site: Site
let gateway: TestGateway

beforeEach(async () => {
  site = new Site().withSlowRestic()
  gateway = await TestGateway.start()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const startedRun = async () => (await gateway.fact('runStarted')).runId
/** What restic was writing when it was interrupted is no lock yet. */
const locks = () =>
  readdirSync(site.folder.at('repository', 'locks')).filter((name) => /^[0-9a-f]{64}$/.test(name))
const repositoryKey = () => site.withState((state) => state.repositories.all()[0]?.key ?? '')

/** Plain restic, as a person would use it without us. */
const restic = (...args: string[]) =>
  execFileSync('restic', ['--no-cache', ...args], {
    encoding: 'utf8',
    env: {
      ...process.env,
      RESTIC_REPOSITORY: site.folder.at('repository'),
      RESTIC_PASSWORD: repositoryKey(),
    },
  })

/** Four seconds of work for restic, on any machine: a run is still going when something is done to it. */
const fillData = () =>
  writeFileSync(site.folder.at('data', 'big'), randomBytes(4 * site.resticBytesPerSecond))

describe('a run', () => {
  test('ends in a snapshot that plain restic restores to the byte', async () => {
    mkdirSync(site.folder.at('data', 'Rechnungen 2026'))
    writeFileSync(site.folder.at('data', 'Rechnungen 2026', 'März.pdf'), 'Summe: 17')
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const command = site.backUpNow()
    await gateway.command(command)
    const finished = await gateway.fact('runFinished')
    expect(finished).toMatchObject({ outcome: 'succeeded', code: null, counts: { filesNew: 2 } })
    await gateway.fact('commandChanged', { commandId: command.id, state: 'succeeded' })
    expect(await gateway.fact('runStarted')).toMatchObject({ commandId: command.id, planRevision: 1 })
    restic('restore', finished.snapshotId ?? '', '--target', site.folder.at('restored'))
    const restored = site.folder.at('restored') + site.folder.at('data', 'Rechnungen 2026', 'März.pdf')
    expect(readFileSync(restored, 'utf8')).toBe('Summe: 17')
  })

  test('leaves out what its plan excludes, also after the agent has begun anew', async () => {
    for (const name of ['a.tmp', 'keep.tmp']) writeFileSync(site.folder.at('data', name), name)
    writeFileSync(site.folder.at('data', 'large'), Buffer.alloc(4_097))
    writeFileSync(site.folder.at('data', 'old'), 'long ago')
    utimesSync(site.folder.at('data', 'old'), new Date(0), new Date(0))
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const [daily] = site.agent.status.portals[0]?.plans ?? []
    if (daily === undefined) throw new Error('there is no plan')
    const options = {
      excludes: ['*.tmp', '!keep.tmp'],
      limits: { oneFileSystem: true, largerThanBytes: 4_096, olderThanDays: 365 },
    }
    await gateway.plans([{ ...daily, revision: 2, ...options }])
    await site.stopAgent()
    await gateway.agentOffline()
    await site.startAgent()
    await gateway.agentOnline()
    await gateway.command(site.command({ kind: 'startRun', planId: PLAN_ID, revision: 2 }))
    const { counts } = await gateway.fact('runFinished', { outcome: 'succeeded' })
    expect(counts).toMatchObject({ filesTooOld: 1, bytesTooOld: 8 })
    const files = restic('ls', 'latest')
      .split('\n')
      .map((path) => path.split('/').at(-1))
    expect(files).toContain('keep.tmp')
    expect(files).toContain('letter.txt')
    expect(files).not.toContain('a.tmp')
    expect(files).not.toContain('large')
    expect(files).not.toContain('old')
  })

  test('of a portal that knows no limit by age takes files of any age', async () => {
    writeFileSync(site.folder.at('data', 'old'), 'long ago')
    utimesSync(site.folder.at('data', 'old'), new Date(0), new Date(0))
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const [daily] = site.agent.status.portals[0]?.plans ?? []
    if (daily === undefined) throw new Error('there is no plan')
    const limits = { oneFileSystem: true, largerThanBytes: 4_096 }
    await gateway.plans([{ ...daily, revision: 2, limits }])
    await gateway.command(site.command({ kind: 'startRun', planId: PLAN_ID, revision: 2 }))
    const { counts } = await gateway.fact('runFinished', { outcome: 'succeeded' })
    expect(counts).not.toHaveProperty('filesTooOld')
    expect(restic('ls', 'latest')).toContain(site.folder.at('data', 'old'))
  })

  test('tells its progress, to the portal and to status alike', async () => {
    fillData()
    await site.online(gateway)
    await site.prepareBackup(gateway)
    await gateway.command(site.backUpNow())
    const runId = await startedRun()
    const progress = await gateway.until(() => gateway.progress.find(({ bytesDone }) => bytesDone > 0))
    expect(progress.runId).toBe(runId)
    const [running] = site.agent.status.running
    expect(running).toMatchObject({ runId, plan: 'Daily', progress: { runId } })
    await gateway.fact('runFinished', { outcome: 'succeeded' })
    expect(site.agent.status).toMatchObject({ running: [], lastRuns: [{ runId, outcome: 'succeeded' }] })
  })

  test('can be cancelled: no snapshot, no lock, and both commands know', async () => {
    fillData()
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const start = site.backUpNow()
    await gateway.command(start)
    const runId = await startedRun()
    await gateway.until(() => gateway.progress.length > 0)
    const cancel = site.command({ kind: 'cancelRun', runId })
    expect(await gateway.command(cancel)).toEqual({ outcome: 'accepted' })
    await gateway.fact('runFinished', { runId, outcome: 'cancelled', code: 'run_cancelled' })
    await gateway.fact('commandChanged', { commandId: start.id, state: 'failed', code: 'run_cancelled' })
    await gateway.fact('commandChanged', { commandId: cancel.id, state: 'succeeded' })
    expect(locks()).toEqual([])
    expect(JSON.parse(restic('snapshots', '--json'))).toEqual([])
  })

  test('can be cancelled at any moment: ten times within a second, with the lock gone', async () => {
    fillData()
    await site.online(gateway)
    await site.prepareBackup(gateway)
    // The first half second is when restic takes its lock, which 0.14 forgets if it is interrupted just then.
    for (const afterMs of [0, 40, 90, 140, 190, 240, 290, 400, 800, 1_600]) {
      const start = site.backUpNow()
      await gateway.command(start)
      const { runId } = await gateway.fact('runStarted', { commandId: start.id })
      await pause(afterMs)
      const askedAt = Date.now()
      await gateway.command(site.command({ kind: 'cancelRun', runId }))
      const { finishedAt, outcome } = await gateway.fact('runFinished', { runId })
      expect({ afterMs, outcome, locks: locks() }).toEqual({ afterMs, outcome: 'cancelled', locks: [] })
      expect(Date.parse(finishedAt) - askedAt, `asked ${afterMs} ms after its beginning`).toBeLessThan(1_000)
    }
  })

  test('of a folder that is gone fails before anything is done', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway, [site.folder.at('data'), site.folder.at('gone')])
    await gateway.command(site.backUpNow())
    expect(await gateway.fact('runFinished')).toMatchObject({
      outcome: 'failed',
      code: 'source_missing',
      detail: expect.stringContaining('gone'),
      snapshotId: null,
    })
  })

  test('goes on without a link, and is in the history exactly once afterwards', async () => {
    fillData()
    const { port, registration } = gateway
    await site.online(gateway)
    await site.prepareBackup(gateway)
    await gateway.command(site.backUpNow())
    const runId = await startedRun()
    const appliedThrough = gateway.reports.at(-1)?.sequence ?? 0
    await gateway.stop()
    await site.told(/^succeeded/)
    gateway = await TestGateway.start({ port, registration, appliedThrough })
    await gateway.fact('runFinished', { runId, outcome: 'succeeded' })
    await site.until(() => site.agent.status.portals[0]?.reportsWaiting === 0)
    expect(gateway.facts.filter(({ type }) => type === 'runFinished')).toHaveLength(1)
    expect(gateway.facts.filter(({ type }) => type === 'runStarted')).toHaveLength(0)
  })

  test('of one plan begins after one of another on the same repository, and none is refused', async () => {
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const second = '019a3f00-3334-7aaa-8bbb-0123456789ab'
    const [daily] = site.agent.status.portals[0]?.plans ?? []
    if (daily === undefined) throw new Error('there is no plan')
    await gateway.plans([daily, { ...daily, id: second, name: 'Weekly' }])
    await gateway.command(site.backUpNow())
    await gateway.command(site.command({ kind: 'startRun', planId: second, revision: 1 }))
    await gateway.until(() => gateway.facts.filter(({ type }) => type === 'runFinished').length === 2)
    expect(
      gateway.facts.filter((fact) => fact.type === 'runFinished' && fact.outcome === 'succeeded'),
    ).toHaveLength(2)
  })

  test('that the agent is stopped in is cut in an orderly way, and the portal hears of it before the link goes', async () => {
    fillData()
    await site.online(gateway)
    await site.prepareBackup(gateway)
    const start = site.backUpNow()
    await gateway.command(start)
    const runId = await startedRun()
    await gateway.until(() => gateway.progress.length > 0)
    await site.stopAgent()
    await gateway.fact('runFinished', { runId, outcome: 'failed', code: 'interrupted' })
    await gateway.fact('commandChanged', { commandId: start.id, state: 'failed', code: 'interrupted' })
    expect(locks()).toEqual([])
  })
})
