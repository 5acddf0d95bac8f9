import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type BackupRequest, backup } from './backup.ts'
import { bytesOf } from './exact-pattern.ts'
import { openSite, type Site } from './testing/site.ts'
import { findTooOld, type TooOldRequest } from './too-old.ts'

const DAY_MS = 24 * 60 * 60_000
const LIMITS = { oneFileSystem: false, largerThanBytes: null, olderThanDays: 30 }
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS)

type Planted = Record<string, number>

/** Files by their names below a folder, as bytes, and how many days ago each was changed. */
function plant(folder: string, files: Planted): void {
  for (const [name, days] of Object.entries(files)) {
    const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')])
    mkdirSync(Buffer.from(dirname(path.toString('latin1')), 'latin1'), { recursive: true })
    writeFileSync(path, name)
    utimesSync(path, daysAgo(days), daysAgo(days))
  }
}

const walk = (site: Site, given: Partial<TooOldRequest> = {}) =>
  findTooOld({ sources: [site.sources], excludeLines: [], limits: LIMITS, ...given })

async function patternsOf(site: Site, given: Partial<TooOldRequest> = {}): Promise<string[]> {
  const found = await walk(site, given)
  return (found?.patterns ?? []).map((pattern) => pattern.replace(bytesOf(site.sources), '')).sort()
}

/** What is in the snapshot, below the sources: bytes, one character each. */
async function keptBy(site: Site, request: Partial<BackupRequest> = {}) {
  const result = await backup(site.restic, site.repository, {
    ...{ sources: [site.sources], limits: LIMITS },
    ...request,
  })
  const target = site.path(`restored-${result.snapshotId}`)
  const env = { ...site.restic.env, RESTIC_PASSWORD: site.repository.password }
  const args = ['-r', site.repositoryFolder, 'restore', result.snapshotId ?? '', '--target', target]
  execFileSync(site.restic.binary, args, { env, stdio: 'ignore' })
  const found = (type: string) =>
    execFileSync('find', [join(target, site.sources), '-mindepth', '1', '-type', type, '-printf', '%P\\0'])
      .toString('latin1')
      .split('\0')
      .filter((name) => name !== '')
      .sort()
  return { result, files: found('f'), folders: found('d'), links: found('l') }
}

describe('a limit by age', () => {
  it('keeps old files out of the snapshot and new ones in it, whatever they are called', async () => {
    await using site = await openSite()
    const odd = [
      'st*r',
      'wh?t',
      '[set]',
      'back\\slash',
      '$HOME',
      '${PATH}',
      '#hash',
      '!bang',
      'two\nlines',
      'return\r',
      'end ',
      ' begin',
      'nel\xc2\x85',
      'wide\xe3\x80\x80',
      'gr\xc3\xb6\xc3\x9fe',
      'not\xfftext*',
    ]
    // What a pattern that says too much would take as well.
    const alike = [
      'star',
      'what',
      's',
      'backslash',
      'two?lines',
      'two\tlines',
      'return',
      'end',
      'begin',
      'nel',
    ]
    const more = ['wide', 'gr\xc3\xb6', 'not\xfetext*', 'notXtext*', '[sett]']
    const old = Object.fromEntries(odd.map((name) => [name, 31]))
    const recent = Object.fromEntries([...alike, ...more].map((name) => [name, 29]))
    const inFolders = Object.fromEntries(odd.map((name) => [`in/${name} too/file`, 31]))
    // Folders between them, so that each has to be named.
    plant(site.sources, { ...old, ...recent, ...inFolders, 'in/a/file': 1 })
    const { files, result } = await keptBy(site)
    expect(files).toEqual([...alike, ...more, 'in/a/file'].sort())
    expect(result).toMatchObject({ outcome: 'succeeded', tooOld: { files: 2 * odd.length } })
  })

  it('brings back by name what is recent among what is old, and nothing that the plan leaves out', async () => {
    await using site = await openSite()
    const letters = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`inbox/${n}.txt`, 400]))
    plant(site.sources, { ...letters, 'inbox/new [1].txt': 2, 'inbox/new.tmp': 2, 'inbox/other\n*': 2 })
    expect(await patternsOf(site, { excludeLines: ['*.tmp'] })).toHaveLength(3)
    const { files } = await keptBy(site, { excludeLines: ['*.tmp', '!0.txt'] })
    expect(files).toEqual(['inbox/new [1].txt', 'inbox/other\n*'])
  })

  it('names a folder once where all in it is too old, and the folder stays', async () => {
    await using site = await openSite()
    plant(site.sources, { 'a/2019/x/one': 99, 'a/2019/y/two': 99, 'a/2019/three': 99, 'a/2026/four': 1 })
    mkdirSync(join(site.sources, 'empty', 'er'), { recursive: true })
    utimesSync(join(site.sources, 'empty'), daysAgo(99), daysAgo(99))
    expect(await patternsOf(site)).toEqual(['/a/2019/*'])
    const { files, folders } = await keptBy(site)
    expect(files).toEqual(['a/2026/four'])
    expect(folders).toEqual(['a', 'a/2019', 'a/2026', 'empty', 'empty/er'])
  })

  it('may leave out all there is: the snapshot holds the folder, and the number of files is told', async () => {
    await using site = await openSite()
    plant(site.sources, { one: 31, 'below/two': 31 })
    const { files, result } = await keptBy(site)
    expect(files).toEqual([])
    expect(result).toMatchObject({ outcome: 'succeeded', tooOld: { files: 2, bytes: 12 } })
    const file = join(site.sources, 'one')
    expect(await keptBy(site, { sources: [file] })).toMatchObject({ result: { tooOld: { files: 1 } } })
  })

  it('judges files only: links are not followed, and stay', async () => {
    await using site = await openSite()
    plant(site.path('elsewhere'), { 'old one': 99 })
    plant(site.sources, { 'old two': 99 })
    symlinkSync(site.path('elsewhere'), join(site.sources, 'folder'))
    symlinkSync(site.path('elsewhere', 'old one'), join(site.sources, 'file'))
    expect(await patternsOf(site)).toEqual(['/old two'])
    const { files, links, result } = await keptBy(site)
    expect(files).toEqual([])
    expect(links).toEqual(['file', 'folder'])
    expect(result.tooOld).toEqual({ files: 1, bytes: 7 })
  })

  it('of a source that is a link holds for what is behind it', async () => {
    await using site = await openSite()
    plant(site.path('elsewhere'), { old: 99, new: 1 })
    symlinkSync(site.path('elsewhere'), join(site.sources, 'link'))
    const request = { sources: [join(site.sources, 'link')], limits: LIMITS }
    const result = await backup(site.restic, site.repository, request)
    expect(result).toMatchObject({ filesNew: 1, tooOld: { files: 1 } })
  })

  it('does not look beyond its file system where the plan stays on it, nor take what is there for old', async () => {
    await using site = await openSite()
    plant(site.sources, { old: 99 })
    const limits = { ...LIMITS, oneFileSystem: true }
    // /dev is another one than /, and so is /dev/shm than /dev.
    const recent: string[] = []
    const onRecent = (path: string) => recent.push(path)
    plant('/dev/shm', { [`holdfast-${process.pid}`]: 0 })
    try {
      await walk(site, { sources: ['/dev'], limits: { ...limits, oneFileSystem: false }, onRecent })
      expect(recent).toContain(`/dev/shm/holdfast-${process.pid}`)
      recent.length = 0
      await walk(site, { sources: ['/dev'], limits, onRecent })
      expect(recent).not.toContain(`/dev/shm/holdfast-${process.pid}`)
    } finally {
      execFileSync('rm', [`/dev/shm/holdfast-${process.pid}`])
    }
    expect(await patternsOf(site, { limits })).toEqual(['/*'])
  })

  it('looks at a source inside another one once', async () => {
    await using site = await openSite()
    plant(site.sources, { 'a/old': 99, 'a/b/older': 99 })
    const sources = [site.sources, join(site.sources, 'a', 'b/')]
    expect(await walk(site, { sources })).toMatchObject({ files: 2 })
    expect((await keptBy(site, { sources })).files).toEqual([])
  })

  it('does not count what is left out anyway', async () => {
    await using site = await openSite()
    plant(site.sources, { 'cache/old': 99, 'a.tmp': 99, 'large old one': 99, old: 99, new: 1 })
    plant(site.sources, { 'repository/pack': 99, '.holdfast-restore-1/file': 99 })
    const found = await walk(site, {
      excludeLines: ['*.tmp', 'cache/'],
      limits: { ...LIMITS, largerThanBytes: 5 },
      notLookedAt: [join(site.sources, 'repository')],
    })
    expect(found).toMatchObject({ files: 1, bytes: 3 })
  })

  // Root may look everywhere.
  it.skipIf(process.getuid?.() === 0)('leaves in what it cannot look at', async () => {
    await using site = await openSite()
    plant(site.sources, { 'shut/old': 99, 'listed/old': 99, old: 99 })
    chmodSync(join(site.sources, 'shut'), 0)
    chmodSync(join(site.sources, 'listed'), 0o400)
    expect(await patternsOf(site)).toEqual(['/old'])
  })

  it('leaves in what is gone when it looks', async () => {
    await using site = await openSite()
    expect(await walk(site, { sources: [join(site.sources, 'gone')] })).toMatchObject({ patterns: [] })
  })

  it('that would need too many names ends the run before anything is backed up', async () => {
    await using site = await openSite()
    plant(site.sources, { 'a/1': 99, 'a/2': 1, 'b/1': 99, 'b/2': 1, 'c/1': 99, 'c/2': 1 })
    expect(await walk(site, { patternsMax: 3 })).toMatchObject({ files: 3 })
    await expect(walk(site, { patternsMax: 2 })).rejects.toMatchObject({ code: 'old_files_too_many' })
  })

  it('can be cancelled', async () => {
    await using site = await openSite()
    plant(site.sources, { old: 99 })
    const cancelled = walk(site, { signal: AbortSignal.abort() })
    await expect(cancelled).rejects.toMatchObject({ code: 'run_cancelled' })
  })

  it.each([[null], [undefined]])('is none where a plan says %s', async (olderThanDays) => {
    await using site = await openSite()
    plant(site.sources, { old: 40_000 })
    const limits = { oneFileSystem: false, largerThanBytes: null, olderThanDays }
    expect(await walk(site, { limits })).toBeNull()
    expect(await keptBy(site, { limits })).toMatchObject({ files: ['old'], result: { tooOld: null } })
  })
})
