import {
  chmodSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import type { RestoreBody } from '@holdfast/protocol'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { canMount, isRoot, mountSmallDisk } from '../engine/testing/site.ts'
import { TestGateway } from '../link/testing/gateway.ts'
import { DEFAULT_POLICY, type Policy } from '../policy.ts'
import { REPOSITORY_ID, Site } from '../testing/site.ts'

let gateway: TestGateway
let site: Site
beforeEach(async () => {
  gateway = await TestGateway.start()
  site = new Site()
})
afterEach(async () => {
  await site[Symbol.asyncDispose]()
  await gateway.stop()
})

const OLD = new Date('2026-01-02T03:04:05.678Z')
const data = (...names: string[]) => site.folder.at('data', ...names)
const back = (...names: string[]) => site.folder.at('back', ...names)

function write(path: string, text: string, mtime = OLD): void {
  writeFileSync(path, text)
  utimesSync(path, mtime, mtime)
}

/** A tree with what trees have: rights, owners, links, an empty folder, names that are no text. */
function plant(): void {
  write(data('letter.txt'), 'Dear customer')
  mkdirSync(data('reports', 'empty'), { recursive: true })
  write(data('reports', 'a [1]*.ods'), 'one')
  write(data('reports', 'run.sh'), 'exit')
  chmodSync(data('reports', 'run.sh'), 0o4750)
  if (isRoot) lchownSync(data('reports', 'run.sh'), 1_234, 2_345)
  chmodSync(data('reports', 'run.sh'), 0o4750)
  symlinkSync('run.sh', data('reports', 'link'))
  writeFileSync(Buffer.concat([Buffer.from(data('reports', 'caf')), Buffer.from([0xe9])]), 'latin')
  chmodSync(data('reports'), 0o2755)
  utimesSync(data('reports'), OLD, OLD)
}

async function ready(policy: Partial<Policy> = {}): Promise<string> {
  const portal = site.join(gateway)
  site.withState(({ portals }) => portals.setPolicy(portal.id, { ...DEFAULT_POLICY, ...policy }))
  await site.startAgent()
  await gateway.agentOnline()
  await site.prepareBackup(gateway)
  await gateway.command(site.backUpNow())
  const finished = await gateway.fact('runFinished')
  return finished.snapshotId ?? expect.fail('no snapshot')
}

const wanted = (snapshotId: string, more: Partial<RestoreBody> = {}): RestoreBody => ({
  kind: 'restore',
  repositoryId: REPOSITORY_ID,
  snapshotId,
  paths: [data('reports')],
  target: { kind: 'original' },
  conflict: 'keepExisting',
  dryRun: false,
  ...more,
})
const toFolder = (folder: string): RestoreBody['target'] => ({ kind: 'folder', folder })

async function restore(body: RestoreBody) {
  const command = site.command(body)
  expect(await gateway.command(command)).toEqual({ outcome: 'accepted' })
  return gateway.fact('restoreFinished', { restoreId: command.id })
}

const locks = () => readdirSync(site.folder.at('repository', 'locks'))
const leftovers = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('.holdfast'))

/** Everything that can be told of a tree. */
function picture(folder: string | Buffer): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    const path = Buffer.concat([Buffer.from(folder), Buffer.from('/'), name])
    const { mode, uid, gid, mtimeMs } = lstatSync(path)
    const isLink = (mode & 0o170000) === 0o120000
    const isFolder = (mode & 0o170000) === 0o040000
    found[name.toString('latin1')] = {
      ...{ mode, uid, gid, mtimeMs },
      holds: isFolder ? picture(path) : isLink ? readlinkSync(path) : readFileSync(path, 'latin1'),
    }
  }
  return found
}

describe('a restore to where it was', () => {
  test('brings a folder back with everything: rights, owners, times, links, names that are no text', async () => {
    plant()
    const before = picture(data())
    const id = await ready()
    rmSync(data('reports'), { recursive: true })
    const report = await restore(wanted(id))
    expect(report).toMatchObject({ outcome: 'succeeded', code: null, dryRun: false })
    expect(report.counts).toMatchObject({ files: 4, created: 4, replaced: 0, kept: 0, failed: 0 })
    expect(report.items).toMatchObject([{ path: data('reports'), action: 'created' }])
    expect(picture(data())).toEqual(before)
    expect([locks(), leftovers(data())]).toEqual([[], []])
  })

  test('of one file among others changes nothing else, however it is called', async () => {
    plant()
    const id = await ready()
    rmSync(data('reports', 'a [1]*.ods'))
    write(data('reports', 'a 1x.ods'), 'a name that the pattern would fit')
    const report = await restore(wanted(id, { paths: [data('reports', 'a [1]*.ods')] }))
    expect(report.counts).toMatchObject({ files: 1, created: 1 })
    expect(readFileSync(data('reports', 'a [1]*.ods'), 'utf8')).toBe('one')
  })

  test('makes the folders on the way to a file as they were', async () => {
    plant()
    const before = lstatSync(data('reports'))
    const id = await ready()
    rmSync(data('reports'), { recursive: true })
    await restore(wanted(id, { paths: [data('reports', 'run.sh'), data('reports', 'link')] }))
    expect(readdirSync(data('reports')).sort()).toEqual(['link', 'run.sh'])
    const { mode, uid, mtimeMs } = lstatSync(data('reports'))
    expect([mode, uid, Math.round(mtimeMs)]).toEqual([before.mode, before.uid, OLD.getTime()])
  })

  test.each([
    ['keepExisting', 'new and mine', { kept: 1, created: 1, same: 1 }],
    ['replace', 'Dear customer', { replaced: 1, created: 1, same: 1 }],
    ['keepBoth', 'new and mine', { keptBoth: 1, created: 1, same: 1 }],
  ] as const)('where something else is: %s', async (conflict, text, counts) => {
    plant()
    write(data('same.txt'), 'same')
    const id = await ready()
    write(data('letter.txt'), 'new and mine', new Date())
    write(data('later.txt'), 'no snapshot knows me')
    rmSync(data('reports'), { recursive: true })
    mkdirSync(data('reports'))
    const paths = [data('letter.txt'), data('same.txt'), data('reports', 'run.sh')]
    const body = wanted(id, { paths, conflict })
    const foretold = await restore({ ...body, dryRun: true })
    expect(readdirSync(data('reports'))).toEqual([])
    const report = await restore(body)
    expect(report.counts).toMatchObject({ files: 3, failed: 0, ...counts })
    expect(foretold.counts).toEqual(report.counts)
    expect(foretold.dryRun).toBe(true)
    expect(readFileSync(data('letter.txt'), 'utf8')).toBe(text)
    expect(readFileSync(data('later.txt'), 'utf8')).toBe('no snapshot knows me')
    const copies = readdirSync(data()).filter((name) =>
      /^letter \(\d{4}-\d\d-\d\d \d\d\.\d\d\)\.txt$/.test(name),
    )
    expect(copies).toHaveLength(conflict === 'keepBoth' ? 1 : 0)
    // The same again finds everything there.
    const again = await restore(body)
    expect(again.counts).toMatchObject({ created: 0, replaced: 0, keptBoth: 0, failed: 0 })
    expect(readdirSync(data())).toHaveLength(conflict === 'keepBoth' ? 5 : 4)
  })

  test('never takes a folder away for a file', async () => {
    plant()
    const id = await ready()
    rmSync(data('letter.txt'))
    mkdirSync(data('letter.txt'))
    write(data('letter.txt', 'mine'), 'mine')
    const report = await restore(wanted(id, { paths: [data('letter.txt')], conflict: 'replace' }))
    expect(report).toMatchObject({ outcome: 'warning', code: 'restore_incomplete', counts: { failed: 1 } })
    expect(readFileSync(data('letter.txt', 'mine'), 'utf8')).toBe('mine')
  })
})

describe('a restore to another folder', () => {
  test('lays out what was chosen without what all of it has in common, and makes the folder', async () => {
    plant()
    const id = await ready()
    const paths = [data('reports', 'run.sh'), data('letter.txt')]
    const report = await restore(wanted(id, { paths, target: toFolder(back('deep', 'down')) }))
    expect(report.counts).toMatchObject({ files: 2, created: 2 })
    expect(readdirSync(back('deep', 'down')).sort()).toEqual(['letter.txt', 'reports'])
    expect(lstatSync(back('deep', 'down', 'reports')).mode & 0o7777).toBe(0o2755)
    expect(lstatSync(back('deep', 'down', 'reports', 'run.sh')).mode & 0o7777).toBe(0o4750)
    expect(lstatSync(back('deep')).mode & 0o777).toBe(0o755)
    expect(leftovers(back('deep', 'down'))).toEqual([])
  })

  test('takes the whole snapshot by its top', async () => {
    plant()
    const id = await ready()
    const report = await restore(wanted(id, { paths: ['/', data('letter.txt')], target: toFolder(back()) }))
    expect(report.counts).toMatchObject({ files: 5, created: 5 })
    expect(readFileSync(`${back()}${data('letter.txt')}`, 'utf8')).toBe('Dear customer')
  })

  test.runIf(canMount)('onto a full disk says so, and leaves nothing half there', async () => {
    write(data('big.bin'), 'x'.repeat(6 * 1024 * 1024))
    const id = await ready()
    const disk = mountSmallDisk(back(), 3)
    try {
      const report = await restore(wanted(id, { paths: [data('big.bin')], target: toFolder(back('here')) }))
      expect(report).toMatchObject({ outcome: 'failed', code: 'disk_full' })
      expect(readdirSync(back('here'))).toEqual([])
    } finally {
      disk[Symbol.dispose]()
    }
  })

  test.runIf(canMount)('goes on where another disk is mounted below it', async () => {
    plant()
    const id = await ready()
    mkdirSync(back('reports'), { recursive: true })
    const disk = mountSmallDisk(back('reports'), 3)
    try {
      const report = await restore(wanted(id, { target: toFolder(back()) }))
      expect(report.counts).toMatchObject({ created: 4, failed: 0 })
      expect(readFileSync(back('reports', 'a [1]*.ods'), 'utf8')).toBe('one')
      const { mode, mtimeMs } = lstatSync(back('reports', 'run.sh'))
      expect([mode & 0o7777, Math.floor(mtimeMs)]).toEqual([0o4750, OLD.getTime()])
    } finally {
      disk[Symbol.dispose]()
    }
  })
})

describe('a link in the way', () => {
  test('of a folder that was there is not followed, by any rule', async () => {
    plant()
    const id = await ready()
    mkdirSync(site.folder.at('outside'))
    rmSync(data('reports'), { recursive: true })
    for (const conflict of ['keepExisting', 'keepBoth', 'replace'] as const) {
      rmSync(data('reports'), { recursive: true, force: true })
      symlinkSync(site.folder.at('outside'), data('reports'))
      await restore(wanted(id, { conflict }))
      await restore(wanted(id, { conflict, paths: [data('reports', 'run.sh')] }))
      expect(readdirSync(site.folder.at('outside'))).toEqual([])
    }
  })

  test('in place of what was backed up ends the restore before anything is written', async () => {
    plant()
    const id = await ready()
    mkdirSync(site.folder.at('outside'))
    rmSync(data(), { recursive: true })
    symlinkSync(site.folder.at('outside'), data())
    const report = await restore(wanted(id, { paths: [data('reports', 'run.sh')] }))
    expect(report).toMatchObject({ outcome: 'failed', code: 'target_unsafe' })
    expect(readdirSync(site.folder.at('outside'))).toEqual([])
  })

  test('below the target folder is not followed either, nor one that leads to nothing', async () => {
    plant()
    const id = await ready()
    mkdirSync(back(), { recursive: true })
    symlinkSync(site.folder.at('nowhere'), back('reports'))
    await restore(wanted(id, { target: toFolder(back()) }))
    const report = await restore(wanted(id, { target: toFolder(back('reports', 'deeper')) }))
    expect(report).toMatchObject({ outcome: 'failed', code: 'target_unsafe' })
    expect(existsSync(site.folder.at('nowhere'))).toBe(false)
  })
})

describe('the policy', () => {
  const refusedBy = (rule: string) => ({
    outcome: 'refused',
    code: 'policy_refused',
    detail: expect.stringContaining(`allow ${rule}`),
  })

  test('keeps a portal from restoring to where it was, or to another place', async () => {
    const id = await ready({ restoreToOriginal: false, restoreElsewhere: false })
    expect(await gateway.command(site.command(wanted(id)))).toMatchObject(refusedBy('restore'))
    const elsewhere = wanted(id, { target: toFolder(back()) })
    expect(await gateway.command(site.command(elsewhere))).toMatchObject(refusedBy('restore-elsewhere'))
    const cancel = { kind: 'cancelRestore', restoreId: REPOSITORY_ID }
    expect(await gateway.command(site.command(cancel))).toMatchObject(refusedBy('restore'))
    expect(existsSync(back())).toBe(false)
  })

  test('is asked with the real place: a link does not widen it', async () => {
    mkdirSync(site.folder.at('allowed'))
    mkdirSync(back())
    symlinkSync(back(), site.folder.at('allowed', 'link'))
    plant()
    const id = await ready({ restoreRoots: [site.folder.at('allowed')] })
    for (const folder of [
      back(),
      site.folder.at('allowed', 'link', 'x'),
      `${site.folder.at('allowed')}/../back`,
    ]) {
      const report = await restore(wanted(id, { target: toFolder(folder) }))
      expect(report).toMatchObject({ outcome: 'failed', code: 'policy_refused' })
    }
    expect(readdirSync(back())).toEqual([])
    const fine = await restore(wanted(id, { target: toFolder(site.folder.at('allowed', 'new')) }))
    expect(fine).toMatchObject({ outcome: 'succeeded' })
  })

  test('does not let a report tell what a portal may not see', async () => {
    plant()
    const id = await ready({ snapshots: false })
    const report = await restore(wanted(id, { dryRun: true, target: toFolder(back()) }))
    expect(report).toMatchObject({ outcome: 'succeeded', items: [], counts: { files: 4 } })
  })
})

test('what is not there is refused by name', async () => {
  const id = await ready()
  expect(await restore(wanted(id, { paths: ['/nowhere'] }))).toMatchObject({ code: 'not_in_snapshot' })
  expect(await restore(wanted('ab'.repeat(32)))).toMatchObject({
    outcome: 'failed',
    code: 'snapshot_missing',
  })
  const stranger = site.command({ ...wanted(id), repositoryId: '019a3f00-9999-7aaa-8bbb-0123456789ab' })
  expect(await gateway.command(stranger)).toMatchObject({ outcome: 'refused', code: 'repository_unknown' })
  const relative = wanted(id, { paths: [data()], target: toFolder('back') })
  expect(await restore(relative)).toMatchObject({ outcome: 'failed', code: 'folder_missing' })
})
