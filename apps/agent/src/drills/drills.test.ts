/** Restore drills with a real restic: what is whole passes, what is damaged fails and is named, and the proof is signed. */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type DrillWish, type Plan, serverName } from '@holdfast/protocol'
import { isDrillSigned } from '@holdfast/protocol/drill-proof'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Runs } from '../runs/runs.ts'
import { State } from '../state/state.ts'
import { PLAN_ID, REPOSITORY_ID, Site } from '../testing/site.ts'
import { Drills } from './drills.ts'

const WEEKLY: DrillWish = { everyDays: 7, filesMax: 20 }
const DAY_MS = 24 * 60 * 60_000

let site: Site
let state: State
let portalId: string
let runs: Runs
let drills: Drills
let aheadMs: number

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
  aheadMs = 0
  runs = new Runs(state, site.settings, { onProgress: () => {}, onEnd: () => {} })
  drills = new Drills({
    state,
    settings: site.settings,
    turns: runs.turns,
    tell: () => {},
    now: () => new Date(Date.now() + aheadMs),
  })
  mkdirSync(site.folder.at('data', 'below [odd] *'))
  for (const name of ['a.txt', 'b?.txt', 'c.txt'])
    writeFileSync(site.folder.at('data', 'below [odd] *', name), `${name} `.repeat(2_000))
})
afterEach(async () => {
  await runs.stop()
  await drills.stop()
  state.close()
  await site[Symbol.asyncDispose]()
})

async function backUp(drill: DrillWish | null = WEEKLY, limits: Plan['limits'] = null) {
  const plan: Plan = {
    ...{ id: PLAN_ID, revision: 1, name: 'Daily', repositoryId: REPOSITORY_ID },
    ...{ sources: [site.folder.at('data')], drill, limits },
  }
  state.plans.replace(portalId, [plan])
  const startable = runs.look(portalId, PLAN_ID, 1)
  if (!startable.ok) throw new Error(startable.refusal.code)
  const runId = runs.begin(portalId, startable.plan, { commandId: null, why: 'schedule' })
  const result = await runs.follow(runId, startable.plan, startable.repository)
  runs.finish(runId, portalId, result)
  runs.forget(runId, result)
  expect(result.outcome).toBe('succeeded')
  return result
}

const reported = () =>
  state.outbox.next(portalId).flatMap(({ fact }) => (fact.type === 'drillFinished' ? [fact] : []))

/** Flips bytes in every pack of data: `restic check` without reading says that all is well. */
function damageRepository(): void {
  const data = site.folder.at('repository', 'data')
  for (const folder of readdirSync(data))
    for (const name of readdirSync(join(data, folder))) {
      const path = join(data, folder, name)
      chmodSync(path, 0o600)
      const bytes = readFileSync(path)
      for (let at = 10; at < Math.min(bytes.length, 400); at += 7)
        bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
      writeFileSync(path, bytes)
    }
}

describe('a restore drill', () => {
  test('passes when everything comes back as it was, and is signed', async () => {
    const { manifest, snapshotId } = await backUp()
    expect(manifest).toMatchObject({ files: 4 })
    await drills.look()
    const [drill] = reported()
    expect(drill).toMatchObject({
      ...{ planId: PLAN_ID, repositoryId: REPOSITORY_ID, snapshotId, outcome: 'passed' },
      ...{ files: 4, filesWrong: 0, bytes: manifest?.bytes, manifest: manifest?.digest, code: null },
    })
    if (!drill) throw new Error('no drill')
    expect(isDrillSigned(drill)).toBe(true)
    expect(isDrillSigned({ ...drill, files: 5 })).toBe(false)
    expect(isDrillSigned({ ...drill, signature: 'A'.repeat(86) })).toBe(false)
    // Nothing of it is left lying about.
    expect(() => statSync(join(state.folder, 'drill'))).toThrow()
  })

  test('fails when a pack of the repository is damaged, and names the files', async () => {
    await backUp()
    damageRepository()
    await drills.look()
    const [drill] = reported()
    expect(drill).toMatchObject({ outcome: 'failed' })
    expect(drill?.filesWrong).toBeGreaterThan(0)
    expect(drill?.wrongPaths[0]).toContain(site.folder.at('data'))
    expect(drill && isDrillSigned(drill)).toBe(true)
  })

  test('fails when the repository is not there at all', async () => {
    await backUp()
    renameSync(site.folder.at('repository'), site.folder.at('elsewhere'))
    await drills.look()
    expect(reported()).toMatchObject([
      { outcome: 'failed', filesWrong: 4, code: expect.stringMatching(/^repository_/) },
    ])
  })

  test('compares with the source as it was: what was changed since the backup does not spoil it', async () => {
    await backUp()
    writeFileSync(site.folder.at('data', 'letter.txt'), 'Another letter')
    await drills.look()
    expect(reported()).toMatchObject([{ outcome: 'passed', files: 4 }])
  })

  test('is not held of an older backup where the newest could not be hashed, and the run says why', async () => {
    await backUp()
    rmSync(site.folder.at('data'), { recursive: true })
    mkdirSync(site.folder.at('data'))
    writeFileSync(site.folder.at('data', 'disk.img'), '')
    truncateSync(site.folder.at('data', 'disk.img'), 257 * 1024 ** 2)
    const result = await backUp()
    expect(result).not.toHaveProperty('manifest')
    expect(result.unsampled).toEqual({
      code: 'drill_no_sample',
      detail: 'Files that were tried: 1; 1 larger than 256 MiB.',
    })
    await drills.look()
    expect(reported()).toEqual([])
    expect(drills.whyNot(portalId, PLAN_ID)).toEqual({ code: 'drill_no_sample' })
  })

  test('tries what is recent where the plan leaves out what is old, however much of that there is', async () => {
    for (let n = 0; n < 400; n += 1) {
      mkdirSync(site.folder.at('data', `year ${n}`))
      writeFileSync(site.folder.at('data', `year ${n}`, 'letter.txt'), 'old')
      utimesSync(site.folder.at('data', `year ${n}`, 'letter.txt'), new Date(0), new Date(0))
    }
    const limits = { oneFileSystem: false, largerThanBytes: null, olderThanDays: 365 }
    const { manifest, counts } = await backUp(WEEKLY, limits)
    expect(counts).toMatchObject({ filesNew: 4, filesTooOld: 400 })
    expect(manifest?.files).toBeGreaterThan(0)
    await drills.look()
    expect(reported()).toMatchObject([{ outcome: 'passed', filesWrong: 0, files: manifest?.files }])
  })

  test('is held once in its time, and not for a plan that wants none', async () => {
    await backUp()
    await drills.look()
    await backUp()
    await drills.look()
    expect(reported()).toHaveLength(1)
    aheadMs = 7 * DAY_MS
    await drills.look()
    expect(reported()).toHaveLength(2)
    aheadMs = 30 * DAY_MS
    expect(await backUp(null)).not.toHaveProperty('manifest')
    await drills.look()
    expect(reported()).toHaveLength(2)
  })
})
