import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { retention as retentionMessage } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { totalPruned } from './forget.ts'
import { backup, forget, prune, snapshots } from './index.ts'
import { openSite, PASSWORD, type Site, strangerHolds } from './testing/site.ts'

let site: Site
beforeEach(async () => {
  site = await openSite()
})
afterEach(() => site[Symbol.asyncDispose]())

const MINE = ['holdfast', 'plan-mine']
const OTHERS = ['holdfast', 'plan-others']
const keep = (given: Partial<ReturnType<typeof retentionMessage.parse>>) =>
  retentionMessage.parse({
    ...{ last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0, withinDays: 0 },
    ...given,
  })

async function backUp(tags: readonly string[]): Promise<string> {
  writeFileSync(join(site.sources, 'file'), randomBytes(200_000))
  const { snapshotId } = await backup(site.restic, site.repository, { sources: [site.sources], tags })
  return snapshotId ?? ''
}

/** As if it had been taken then: by plain restic, because only time can do it otherwise. */
function backUpAt(time: string, tags: readonly string[]): void {
  const env = { ...site.restic.env, RESTIC_REPOSITORY: site.repositoryFolder, RESTIC_PASSWORD: PASSWORD }
  const args = ['backup', '--quiet', '--time', time, ...tags.map((tag) => `--tag=${tag}`), site.sources]
  execFileSync(site.restic.binary, args, { env })
}

const idsOf = async (tags: readonly string[]) =>
  (await snapshots(site.restic, site.repository))
    .filter((snapshot) => tags.every((tag) => snapshot.tags.includes(tag)))
    .map(({ id }) => id)
const forgetMine = (retention: ReturnType<typeof keep>, keepIds: string[] = []) =>
  forget(site.restic, site.repository, { tags: MINE, retention, keepIds })

describe('forgetting', () => {
  test('removes what no rule keeps, of this plan only', async () => {
    await backUp(MINE)
    const others = await backUp(OTHERS)
    const [second, third] = [await backUp(MINE), await backUp(MINE)]
    expect(await forgetMine(keep({ last: 2 }))).toEqual({ removed: 1, kept: 2 })
    expect(await idsOf(MINE)).toEqual([second, third])
    expect(await idsOf(OTHERS)).toEqual([others])
    expect(site.locks()).toEqual([])
  })

  test('goes by days, weeks, months and years as restic counts them', async () => {
    for (const day of ['2025-12-31', '2026-01-05', '2026-01-06', '2026-02-01'])
      for (const hour of ['08', '20']) backUpAt(`${day} ${hour}:00:00`, MINE)
    expect(await forgetMine(keep({ daily: 2, yearly: 2 }))).toEqual({ removed: 5, kept: 3 })
    expect(await forgetMine(keep({ withinDays: 10 }))).toEqual({ removed: 2, kept: 1 })
  })

  test('without a rule, or without a tag, removes nothing', async () => {
    await backUp(MINE)
    await backUp(MINE)
    expect(await forgetMine(keep({}))).toMatchObject({ removed: 0 })
    const request = { tags: [], retention: keep({ last: 1 }), keepIds: [] }
    expect(await forget(site.restic, site.repository, request)).toMatchObject({ removed: 0 })
    expect(await idsOf(MINE)).toHaveLength(2)
  })

  test('never removes what was just made, though a wrong clock has dated others into the future', async () => {
    backUpAt('2040-01-01 00:00:00', MINE)
    backUpAt('2039-01-01 00:00:00', MINE)
    const newest = await backUp(MINE)
    expect(await forgetMine(keep({ last: 1 }), [newest])).toEqual({ removed: 1, kept: 2 })
    expect(await idsOf(MINE)).toContain(newest)
  })

  test('waits for nobody: a repository that somebody else holds is told', async () => {
    await backUp(MINE)
    await backUp(MINE)
    await using _ = await strangerHolds(site)
    await expect(forgetMine(keep({ last: 1 }))).rejects.toMatchObject({ code: 'repository_locked' })
    expect(await idsOf(MINE)).toHaveLength(2)
  })
})

test('pruning gives back the space, and says how much', async () => {
  await backUp(MINE)
  await backUp(MINE)
  await forgetMine(keep({ last: 1 }))
  const before = sizeOf(site.repositoryFolder)
  const { bytesFreed } = await prune(site.restic, site.repository)
  expect(bytesFreed).toBeGreaterThan(190_000)
  expect(before - sizeOf(site.repositoryFolder)).toBeGreaterThan(190_000)
  expect(site.locks()).toEqual([])
})

test('what restic says of the space is read, and nothing is made up', () => {
  expect(totalPruned('to delete: 8 blobs / 1 B\ntotal prune:             8 blobs / 3.816 MiB\n')).toBe(
    4_001_366,
  )
  expect(totalPruned('total prune:             0 blobs / 0 B\n')).toBe(0)
  expect(totalPruned('all is well\n')).toBeNull()
})

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
