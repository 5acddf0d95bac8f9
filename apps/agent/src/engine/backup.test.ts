import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backup } from './backup.ts'
import type { RunProcess } from './processes.ts'
import type { BackupProgress } from './progress.ts'
import { snapshots } from './snapshots.ts'
import { asOrdinaryUser, giveToOrdinaryUser, openSite, type Site } from './testing/site.ts'

/** Restores with plain restic, outside our code, and returns the hash of each file by its path (in latin1). */
function restoredHashes(site: Site, snapshotId: string): Map<string, string> {
  const target = site.path('restored')
  const env = { ...site.restic.env, RESTIC_PASSWORD: site.repository.password }
  execFileSync(site.restic.binary, ['-r', site.repositoryFolder, 'restore', snapshotId, '--target', target], {
    env,
  })
  return hashes(target, Buffer.from(site.sources))
}

function hashes(root: string, below: Buffer): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (folder: Buffer, name: Buffer) => {
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
      const path = Buffer.concat([folder, Buffer.from('/'), entry.name])
      const own = Buffer.concat([name, Buffer.from('/'), entry.name])
      if (entry.isDirectory()) walk(path, own)
      else if (entry.isFile()) {
        found.set(own.toString('latin1'), createHash('sha256').update(readFileSync(path)).digest('hex'))
      }
    }
  }
  walk(Buffer.concat([Buffer.from(root), below]), Buffer.alloc(0))
  return found
}

describe('backup', () => {
  it('makes a snapshot that plain restic restores, whatever the files are called', async () => {
    await using site = await openSite()
    const folder = Buffer.from(`${site.sources}/`)
    const names = ['-rf', '--exclude=*', 'new\nline', 'größe 日本語 🎉', '$HOME', '*?[a]\\', ' ', '#x']
    for (const name of names) writeFileSync(join(site.sources, name), `content of ${name}`)
    writeFileSync(Buffer.concat([folder, Buffer.from([0x66, 0xff, 0xfe])]), 'not UTF-8')
    mkdirSync(join(site.sources, ...Array(12).fill('d'.repeat(200))), { recursive: true })
    writeFileSync(join(site.sources, ...Array(12).fill('d'.repeat(200)), 'deep'), 'deep')

    const request = { sources: [site.sources], tags: ['plan:1', 'run:2'], host: 'fileserver' }
    const result = await backup(site.restic, site.repository, request)

    expect(result).toEqual({
      outcome: 'succeeded',
      snapshotId: expect.stringMatching(/^[0-9a-f]{64}$/),
      filesNew: names.length + 2,
      filesChanged: 0,
      filesUnmodified: 0,
      dirsNew: expect.any(Number),
      dirsChanged: 0,
      dirsUnmodified: 0,
      tooOld: null,
      bytesProcessed: expect.any(Number),
      bytesAdded: expect.any(Number),
      durationMs: expect.any(Number),
      filesUnreadable: 0,
      unreadablePaths: [],
    })
    expect(result.durationMs).toBeGreaterThan(100)
    const all = await snapshots(site.restic, site.repository)
    expect(all).toMatchObject([
      { id: result.snapshotId, host: 'fileserver', tags: ['plan:1', 'run:2'], paths: [site.sources] },
    ])
    expect(restoredHashes(site, result.snapshotId ?? '')).toEqual(hashes('/', Buffer.from(site.sources)))
    expect(site.locks()).toEqual([])
  })

  it('takes names of sources as they are: with line breaks, wildcards, leading dashes, and thousands of them', async () => {
    await using site = await openSite()
    const names = [
      '-rf',
      'a\nb',
      '*',
      '#no comment',
      ' spaces ',
      ...Array.from({ length: 3_000 }, (_, n) => `${n}`),
    ]
    for (const name of names) writeFileSync(join(site.sources, name), name)
    writeFileSync(join(site.sources, 'not chosen'), 'x')
    const sources = names.map((name) => join(site.sources, name))
    const result = await backup(site.restic, site.repository, { sources })
    expect(result).toMatchObject({ outcome: 'succeeded', filesNew: names.length })
  })

  it('counts what is new, changed and as before', async () => {
    await using site = await openSite()
    for (const name of ['same', 'changes']) writeFileSync(join(site.sources, name), name)
    const request = { sources: [site.sources] }
    await backup(site.restic, site.repository, request)
    writeFileSync(join(site.sources, 'changes'), 'something else')
    writeFileSync(join(site.sources, 'new'), 'new')
    const result = await backup(site.restic, site.repository, request)
    expect(result).toMatchObject({ filesNew: 1, filesChanged: 1, filesUnmodified: 1, bytesProcessed: 21 })
  })

  it('leaves out what the plan excludes, and always the repository itself', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'keep.txt'), 'x')
    writeFileSync(join(site.sources, 'drop.tmp'), 'x')
    execFileSync('cp', ['-r', site.repositoryFolder, join(site.sources, 're[p]o*')])
    symlinkSync(join(site.sources, 're[p]o*'), site.path('link'))
    const repository = { ...site.repository, location: site.path('link') }
    const result = await backup(site.restic, repository, { sources: [site.sources], excludes: ['*.tmp'] })
    expect(result).toMatchObject({ filesNew: 1 })
  })

  it('backs up what is behind a source that is a symbolic link', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'file'), 'x')
    symlinkSync(site.sources, site.path('link'))
    const result = await backup(site.restic, site.repository, { sources: [site.path('link')] })
    expect(result).toMatchObject({ filesNew: 1 })
  })

  it('shows progress without a total while it counts, and with one afterwards', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'large'), '')
    truncateSync(join(site.sources, 'large'), 50 * 1024 ** 3)
    const seen: BackupProgress[] = []
    const cancel = new AbortController()
    const onProgress = (progress: BackupProgress) => {
      seen.push(progress)
      if (progress.phase === 'uploading' && progress.bytesPerSecond > 0) cancel.abort()
    }
    const hooks = { onProgress, signal: cancel.signal }
    const begun = performance.now()
    const run = backup(site.restic, site.repository, { sources: [site.sources] }, hooks)
    await expect(run).rejects.toMatchObject({ code: 'run_cancelled' })
    const seconds = (performance.now() - begun) / 1_000
    expect(seen[0]).toMatchObject({
      phase: 'scanning',
      filesTotal: null,
      bytesTotal: null,
      secondsLeft: null,
    })
    expect(seen.at(-1)).toMatchObject({
      phase: 'uploading',
      filesTotal: 1,
      bytesTotal: 50 * 1024 ** 3,
      secondsLeft: expect.any(Number),
      currentFile: join(site.sources, 'large'),
    })
    expect(seen.length).toBeLessThanOrEqual(seconds + 1)
  })
})

describe.runIf(process.platform === 'linux')('secrets', () => {
  it('reach restic through its environment, and are on no command line', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'file'), 'x')
    let argv = ''
    let environment = ''
    const onSpawn = ({ pid }: RunProcess) => {
      argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
    }
    await backup(site.restic, site.repository, { sources: [site.sources] }, { onSpawn })
    expect(argv).toContain('backup')
    expect(argv).not.toContain(site.repository.password)
    expect(environment).toContain(`RESTIC_PASSWORD=${site.repository.password}`)
  })
})

describe('sources', () => {
  it('are all looked at before anything is run: restic 0.14 would exit with 0', async () => {
    await using site = await openSite()
    const gone = [site.path('gone'), join(site.sources, 'gone too')]
    let spawned = 0
    const onSpawn = () => {
      spawned += 1
    }
    const run = backup(site.restic, site.repository, { sources: [site.sources, ...gone] }, { onSpawn })
    await expect(run).rejects.toMatchObject({ code: 'source_missing', facts: { paths: gone } })
    expect(spawned).toBe(0)
  })

  it.each([
    ['relative', 'etc'],
    ['a NUL in it', '/etc\0'],
    ['a file as a folder', '/etc/passwd/x'],
    ['too long a name', `/${'x'.repeat(300)}`],
    ['a link to nothing', 'link'],
  ])('are missing if they cannot exist: %s', async (what, path) => {
    await using site = await openSite()
    symlinkSync(site.path('nothing'), site.path('link'))
    const source = what === 'a link to nothing' ? site.path('link') : path
    const run = backup(site.restic, site.repository, { sources: [source] })
    await expect(run).rejects.toMatchObject({ code: 'source_missing', facts: { paths: [source] } })
  })

  it('that vanish in the last moment end the run all the same', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'stays'), 'x')
    mkdirSync(site.path('vanishes'))
    const sources = [site.sources, site.path('vanishes')]
    const onSpawn = () => rmSync(site.path('vanishes'), { recursive: true })
    const run = backup(site.restic, site.repository, { sources }, { onSpawn })
    await expect(run).rejects.toMatchObject({ code: 'source_missing', facts: { paths: [sources[1]] } })
    expect(site.locks()).toEqual([])
  })

  it('that are there but closed are source_unreadable', async () => {
    await using site = await openSite()
    mkdirSync(site.path('closed', 'below'), { recursive: true })
    writeFileSync(site.path('file'), 'x')
    chmodSync(site.path('file'), 0)
    chmodSync(site.path('closed'), 0)
    const closed = [site.path('closed'), site.path('closed', 'below'), site.path('file')]
    const run = asOrdinaryUser(() =>
      backup(site.restic, site.repository, { sources: [site.sources, ...closed] }),
    )
    await expect(run).rejects.toMatchObject({ code: 'source_unreadable', facts: { paths: closed } })
    chmodSync(site.path('closed'), 0o755)
  })

  it('with files in them that cannot be read give a snapshot of the rest, and a warning', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'open'), 'x')
    mkdirSync(join(site.sources, 'closed folder'), { mode: 0 })
    for (let n = 0; n < 23; n += 1) writeFileSync(join(site.sources, `closed ${n}`), 'x', { mode: 0 })
    const tricky = 'Save(x) returned error, retrying after 1s: 507 Insufficient Storage'
    writeFileSync(join(site.sources, tricky), 'x', { mode: 0 })
    giveToOrdinaryUser(site.repositoryFolder)
    const seen: string[] = []
    const result = await asOrdinaryUser(() =>
      backup(
        site.restic,
        site.repository,
        { sources: [site.sources] },
        { onUnreadable: (path) => seen.push(path) },
      ),
    )
    expect(result).toMatchObject({ outcome: 'warning', filesNew: 1, filesUnreadable: 25 })
    expect(result.snapshotId).toMatch(/^[0-9a-f]{64}$/)
    expect(result.unreadablePaths).toHaveLength(20)
    expect(new Set(seen).size).toBe(25)
    expect(seen).toContain(join(site.sources, 'closed folder'))
  })
})
