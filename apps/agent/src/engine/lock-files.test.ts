import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readLockFile } from './lock-files.ts'
import { findLocks } from './locks.ts'
import type { Repository } from './repository.ts'
import { openSite, type Site, strangerHolds } from './testing/site.ts'

/** One that restic has just made, with a key as dear as it makes them. */
function realSite(site: Site, version: number): Site {
  const repositoryFolder = site.path('real')
  execFileSync(site.restic.binary, ['init', `--repository-version=${version}`], {
    env: {
      ...site.restic.env,
      RESTIC_REPOSITORY: repositoryFolder,
      RESTIC_PASSWORD: site.repository.password,
    },
  })
  return {
    ...site,
    repositoryFolder,
    repository: { ...site.repository, location: repositoryFolder },
    locks: () => readdirSync(join(repositoryFolder, 'locks')).filter((name) => name.length === 64),
  }
}

it.each([1, 2])('reads what restic reads, in a repository of version %i', async (version) => {
  await using site = await openSite()
  const real = realSite(site, version)
  await using stranger = await strangerHolds(real)
  const read = await readLockFile(real.repository, stranger.lockId)
  expect(read).toMatchObject({ pid: stranger.pid, exclusive: true })
  const asked = { env: { ...site.restic.env, RESTIC_PASSWORD: site.repository.password } }
  const args = ['--repo', real.repositoryFolder, '--no-lock', 'cat', 'lock', stranger.lockId]
  const said = JSON.parse(execFileSync(site.restic.binary, args, { ...asked, encoding: 'utf8' }))
  expect(read).toMatchObject({ hostname: said.hostname, username: said.username, time: new Date(said.time) })
})

it('leaves to restic what it cannot read', async () => {
  await using site = await openSite()
  await using stranger = await strangerHolds(site)
  const wrong: Repository = { ...site.repository, password: 'something else' }
  expect(await readLockFile(wrong, stranger.lockId)).toBeNull()
  expect(await readLockFile({ ...site.repository, location: 'rest:http://x/' }, stranger.lockId)).toBeNull()
  writeFileSync(join(site.repositoryFolder, 'locks', 'f'.repeat(64)), 'no lock')
  expect(await readLockFile(site.repository, 'f'.repeat(64))).toBeNull()
})

it('notices that the folder holds another repository now', async () => {
  await using site = await openSite()
  await using before = await strangerHolds(site)
  expect(await readLockFile(site.repository, before.lockId)).not.toBeNull()
  await before.die()
  await using others = await openSite()
  const real = realSite(others, 2)
  await using stranger = await strangerHolds(real)
  for (const kind of ['keys', 'locks', 'config']) {
    rmSync(join(site.repositoryFolder, kind), { recursive: true })
    cpSync(join(real.repositoryFolder, kind), join(site.repositoryFolder, kind), { recursive: true })
  }
  expect(await findLocks(site.restic, site.repository)).toMatchObject([{ id: stranger.lockId }])
  expect(await readLockFile(site.repository, stranger.lockId)).toMatchObject({ pid: stranger.pid })
})
