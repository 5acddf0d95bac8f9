import { randomBytes } from 'node:crypto'
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backup } from './backup.ts'
import { check } from './check.ts'
import { initRepository } from './init.ts'
import type { RunProcess } from './processes.ts'
import { startRestServer } from './testing/rest-server.ts'
import {
  asOrdinaryUser,
  canMount,
  giveToOrdinaryUser,
  isRoot,
  mountSmallDisk,
  openSite,
  type Site,
} from './testing/site.ts'

function addFile(site: Site, sizeMiB: number): void {
  writeFileSync(join(site.sources, 'file'), randomBytes(sizeMiB * 1024 ** 2))
}

/** Changes one byte of the largest file below a folder of the repository. */
function damage(site: Site, kind: string): void {
  const folder = join(site.repositoryFolder, kind)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }))
    .sort((a, b) => b.bytes.length - a.bytes.length)
  const [largest] = files
  if (!largest) throw new Error(`There is nothing to damage in ${folder}.`)
  largest.bytes.writeUInt8(largest.bytes.readUInt8(40) ^ 0xff, 40)
  chmodSync(largest.path, 0o600)
  writeFileSync(largest.path, largest.bytes)
}

describe('the repository', () => {
  it('is not there, as when its disk is not mounted: nothing is created in its place', async () => {
    await using site = await openSite()
    rmSync(site.repositoryFolder, { recursive: true })
    const run = backup(site.restic, site.repository, { sources: [site.sources] })
    await expect(run).rejects.toMatchObject({ code: 'repository_missing' })
    expect(() => readdirSync(site.repositoryFolder)).toThrow('ENOENT')
  })

  it('has another password', async () => {
    await using site = await openSite()
    const run = backup(site.restic, { ...site.repository, password: 'another' }, { sources: [site.sources] })
    await expect(run).rejects.toMatchObject({ code: 'repository_password_wrong' })
  })

  it('may not be opened by this user', async () => {
    await using site = await openSite()
    chmodSync(site.repositoryFolder, isRoot ? 0o700 : 0)
    const run = asOrdinaryUser(() => backup(site.restic, site.repository, { sources: [site.sources] }))
    await expect(run).rejects.toMatchObject({ code: 'repository_unreachable' })
    chmodSync(site.repositoryFolder, 0o700)
  })

  it('may be read but not written: restic would try for a quarter of an hour', async () => {
    await using site = await openSite()
    giveToOrdinaryUser(site.repositoryFolder)
    chmodSync(join(site.repositoryFolder, 'locks'), 0o555)
    const run = asOrdinaryUser(() => backup(site.restic, site.repository, { sources: [site.sources] }))
    await expect(run).rejects.toMatchObject({ code: 'repository_unreachable' })
  })

  it('is damaged, which restic 0.14 sees in the packs only when it reads them', async () => {
    await using site = await openSite()
    addFile(site, 1)
    await backup(site.restic, site.repository, { sources: [site.sources] })
    await check(site.restic, site.repository, { readData: true })
    damage(site, 'data')
    await check(site.restic, site.repository, { readData: false })
    const checked = check(site.restic, site.repository, { readData: true })
    await expect(checked).rejects.toMatchObject({
      code: 'repository_damaged',
      detail: expect.stringContaining('does not match'),
    })
    damage(site, 'index')
    rmSync(site.path('cache'), { recursive: true })
    const run = backup(site.restic, site.repository, { sources: [site.sources] })
    await expect(run).rejects.toMatchObject({ code: 'repository_damaged' })
    expect(site.locks()).toEqual([])
  })

  it.runIf(canMount)('is on a disk that is full', async () => {
    await using site = await openSite()
    using _disk = mountSmallDisk(site.path('disk'), 4)
    const repository = { ...site.repository, location: site.path('disk', 'repository') }
    cpSync(site.repositoryFolder, repository.location, { recursive: true })
    addFile(site, 8)
    const run = backup(site.restic, repository, { sources: [site.sources] })
    await expect(run).rejects.toMatchObject({ code: 'disk_full' })
    expect(readdirSync(site.path('disk', 'repository', 'locks'))).toEqual([])
    rmSync(join(site.sources, 'file'))
    await expect(backup(site.restic, repository, { sources: [site.sources] })).resolves.toMatchObject({
      outcome: 'succeeded',
    })
  })

  it.runIf(canMount)('would have to be made on a disk that is full', async () => {
    await using site = await openSite()
    using _disk = mountSmallDisk(site.path('disk'), 1)
    writeFileSync(site.path('disk', 'filler'), Buffer.alloc(1024 ** 2))
    const repository = { ...site.repository, location: site.path('disk', 'repository') }
    await expect(initRepository(site.restic, repository)).rejects.toMatchObject({ code: 'disk_full' })
  })
})

const CREDENTIALS = 'customer:s3cr3t'

describe('storage that is reached over the network', () => {
  it('works, and its credentials are on no command line', async () => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    addFile(site, 1)
    let argv = ''
    const onSpawn = ({ pid }: RunProcess) => {
      if (process.platform === 'linux') argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    }
    const repository = { ...site.repository, location: server.location(CREDENTIALS) }
    const result = await backup(site.restic, repository, { sources: [site.sources] }, { onSpawn })
    expect(result).toMatchObject({ outcome: 'succeeded', filesNew: 1 })
    expect(result.snapshotId).toMatch(/^[0-9a-f]{64}$/)
    expect(argv).not.toContain('s3cr3t')
  })

  it.each([
    [507, 'data', 'quota_exceeded'],
    [403, 'data', 'repository_forbidden'],
    [401, 'data', 'storage_login_refused'],
    [403, 'locks', 'repository_forbidden'],
  ] as const)(
    'refuses for good (%i on %s): restic is stopped at its first retry',
    async (status, kind, code) => {
      await using site = await openSite()
      await using server = await startRestServer(site.repositoryFolder)
      addFile(site, 1)
      server.fault = (method, of) => (method === 'POST' && of === kind ? status : null)
      const repository = { ...site.repository, location: server.location(CREDENTIALS) }
      const run = backup(site.restic, repository, { sources: [site.sources] })
      await expect(run).rejects.toMatchObject({ code, detail: expect.stringContaining(String(status)) })
      // A file makes a pack of data and one of folders, uploaded side by side; none was tried a second time.
      expect(server.faultsMade).toBeLessThanOrEqual(2)
      expect(site.locks()).toEqual([])
    },
  )

  it.each([
    [403, 'repository_forbidden'],
    [404, 'repository_missing'],
    [500, 'repository_unreachable'],
  ] as const)('answers %i to everything', async (status, code) => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    server.fault = () => status
    const repository = { ...site.repository, location: server.location(CREDENTIALS) }
    const run = backup(site.restic, repository, { sources: [site.sources] })
    await expect(run).rejects.toMatchObject({ code, detail: expect.not.stringContaining('s3cr3t') })
  })

  it('is not there', async () => {
    await using site = await openSite()
    const server = await startRestServer(site.repositoryFolder)
    const location = server.location(CREDENTIALS)
    await server[Symbol.asyncDispose]()
    const run = backup(site.restic, { ...site.repository, location }, { sources: [site.sources] })
    await expect(run).rejects.toMatchObject({
      code: 'repository_unreachable',
      detail: expect.not.stringContaining('s3cr3t'),
    })
  })
})
