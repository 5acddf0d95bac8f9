import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backup } from './backup.ts'
import { restore } from './restore.ts'
import { listSnapshot, snapshots, wholeSnapshotId } from './snapshots.ts'
import {
  asOrdinaryUser,
  canMount,
  giveToOrdinaryUser,
  mountSmallDisk,
  openSite,
  type Site,
} from './testing/site.ts'

const UNKNOWN = 'deadbeef'.repeat(8)

async function backedUp(site: Site): Promise<string> {
  writeFileSync(join(site.sources, 'a file'), 'content')
  writeFileSync(join(site.sources, 'b'), 'other content')
  mkdirSync(join(site.sources, 'folder', 'deeper'), { recursive: true })
  const { snapshotId } = await backup(site.restic, site.repository, { sources: [site.sources] })
  if (snapshotId === null) throw new Error('The backup has no snapshot id.')
  return snapshotId
}

describe('snapshots', () => {
  it('are none in a new repository', async () => {
    await using site = await openSite()
    expect(await snapshots(site.restic, site.repository)).toEqual([])
  })

  it('have whole ids, and short ones are made whole', async () => {
    await using site = await openSite()
    const id = await backedUp(site)
    expect((await snapshots(site.restic, site.repository)).map((snapshot) => snapshot.id)).toEqual([id])
    expect(await wholeSnapshotId(site.restic, site.repository, id.slice(0, 8))).toBe(id)
    expect(await wholeSnapshotId(site.restic, site.repository, 'deadbeef')).toBeNull()
    expect(await wholeSnapshotId(site.restic, site.repository, undefined)).toBeNull()
  })
})

describe('listSnapshot', () => {
  it('shows what lies directly in a folder', async () => {
    await using site = await openSite()
    const snapshotId = await backedUp(site)
    const list = (folder: string, entriesMax = 100) =>
      listSnapshot(site.restic, site.repository, { snapshotId, folder, entriesMax })
    const { entries, more } = await list(site.sources)
    expect(more).toBe(false)
    expect(entries.map(({ name, kind, sizeBytes }) => [name, kind, sizeBytes])).toEqual([
      ['a file', 'file', 7],
      ['b', 'file', 13],
      ['folder', 'folder', null],
    ])
    expect(await list(`${site.sources}/`, 2)).toMatchObject({
      entries: [{ name: 'a file' }, { name: 'b' }],
      more: true,
    })
    expect((await list('/')).entries.map(({ path }) => path)).toEqual(['/tmp'])
    expect(await list('/nowhere')).toEqual({ entries: [], more: false })
  })

  it.each([UNKNOWN, 'latest', '--help', ''])(
    'says snapshot_missing for %j: restic 0.14 exits with 0',
    async (id) => {
      await using site = await openSite()
      const listed = listSnapshot(site.restic, site.repository, {
        snapshotId: id,
        folder: '/',
        entriesMax: 10,
      })
      await expect(listed).rejects.toMatchObject({ code: 'snapshot_missing' })
    },
  )
})

describe('restore', () => {
  it('brings the files back', async () => {
    await using site = await openSite()
    const snapshotId = await backedUp(site)
    const target = site.path('back', 'again')
    const result = await restore(site.restic, site.repository, { snapshotId, target })
    expect(result).toEqual({ outcome: 'succeeded', errorCount: 0, errors: [] })
    expect(readFileSync(join(target, site.sources, 'a file'), 'utf8')).toBe('content')
    expect(site.locks()).toEqual([])
  })

  it('says snapshot_missing for an unknown one', async () => {
    await using site = await openSite()
    const run = restore(site.restic, site.repository, { snapshotId: UNKNOWN, target: site.path('back') })
    await expect(run).rejects.toMatchObject({ code: 'snapshot_missing' })
  })

  it('is incomplete, and says what is missing and why, where the target cannot be written', async () => {
    await using site = await openSite()
    const snapshotId = await backedUp(site)
    giveToOrdinaryUser(site.repositoryFolder)
    mkdirSync(site.path('closed'), { mode: 0o555 })
    const run = () => restore(site.restic, site.repository, { snapshotId, target: site.path('closed') })
    const result = await asOrdinaryUser(run)
    expect(result.outcome).toBe('incomplete')
    expect(result.errorCount).toBeGreaterThan(0)
    expect(result.errors[0]).toContain('permission denied')
  })

  it.runIf(canMount)('ends with disk_full when the target is full', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'large'), Buffer.alloc(4 * 1024 ** 2, 'x'))
    const snapshotId = await backedUp(site)
    using _disk = mountSmallDisk(site.path('disk'), 1)
    const run = restore(site.restic, site.repository, { snapshotId, target: site.path('disk') })
    await expect(run).rejects.toMatchObject({ code: 'disk_full' })
    expect(site.locks()).toEqual([])
  })
})
