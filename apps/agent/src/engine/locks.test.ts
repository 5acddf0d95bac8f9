import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { backup } from './backup.ts'
import { check } from './check.ts'
import { lockPlaceOf } from './lock-places.ts'
import { clearOwnDeadLocks, findLocks, isOwnDeadLock, type Lock } from './locks.ts'
import { endOrphan, lookAt, type RunProcess, rememberProcess } from './processes.ts'
import type { Repository } from './repository.ts'
import { startRestServer } from './testing/rest-server.ts'
import { nextLock, openSite, type Site, strangerHolds } from './testing/site.ts'

/** A restic of ours, killed together with its agent, as by a power cut: its exclusive lock stays. */
async function diedWithItsLock(site: Site): Promise<RunProcess> {
  await using stranger = await strangerHolds(site)
  const run = await rememberProcess(stranger.pid, Date.now())
  await stranger.die()
  return run
}

describe('a repository that somebody else holds', () => {
  it('is repository_locked, with who and since when; nothing of his is touched', async () => {
    await using site = await openSite()
    await using stranger = await strangerHolds(site)
    const before = Date.now()
    const ownRuns = [await rememberProcess(process.pid, 0)]
    const run = backup(site.restic, site.repository, { sources: [site.sources] }, { ownRuns })
    const error = await run.catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'repository_locked',
      facts: { holder: { host: hostname(), user: userInfo().username, pid: stranger.pid } },
    })
    expect(Math.abs(before - error.facts.holder.since.getTime())).toBeLessThan(10_000)
    expect(site.locks()).toEqual([stranger.lockId])
  })

  it('stays his when he is dead, too: only his own people may know that', async () => {
    await using site = await openSite()
    await using stranger = await strangerHolds(site)
    await stranger.die()
    const run = backup(site.restic, site.repository, { sources: [site.sources] }, { ownRuns: [] })
    await expect(run).rejects.toMatchObject({ code: 'repository_locked' })
    expect(site.locks()).toEqual([stranger.lockId])
  })

  it('can still be looked at', async () => {
    await using site = await openSite()
    await using stranger = await strangerHolds(site)
    expect(await findLocks(site.restic, site.repository)).toEqual([
      {
        id: stranger.lockId,
        host: hostname(),
        user: userInfo().username,
        pid: stranger.pid,
        exclusive: true,
        takenAt: expect.any(Date),
      },
    ])
  })
})

describe('a lock of a run of ours that died', () => {
  it('is removed when it is in the way, and the run goes on', async () => {
    await using site = await openSite()
    writeFileSync(join(site.sources, 'file'), 'x')
    const dead = await diedWithItsLock(site)
    expect(site.locks()).toHaveLength(1)
    const spawned: number[] = []
    const hooks = { ownRuns: [dead], onSpawn: ({ pid }: RunProcess) => void spawned.push(pid) }
    const result = await backup(site.restic, site.repository, { sources: [site.sources] }, hooks)
    expect(result).toMatchObject({ outcome: 'succeeded', filesNew: 1 })
    expect(spawned).toHaveLength(2)
    expect(site.locks()).toEqual([])
  })

  it('is removed alone: a lock beside it stays', async () => {
    await using site = await openSite()
    const dead = await diedWithItsLock(site)
    const [deadLock] = site.locks()
    const kept = join(site.repositoryFolder, 'locks', 'f'.repeat(64))
    writeFileSync(kept, 'cannot be read, and so cannot be shown to be ours')
    const cleared = await clearOwnDeadLocks(site.restic, site.repository, [dead])
    expect(cleared.map(({ id }) => id)).toEqual([deadLock])
    expect(existsSync(kept)).toBe(true)
  })
})

describe('isOwnDeadLock', () => {
  const lockOf = (pid: number, takenAtMs: number, host = hostname()): Lock => ({
    id: 'a'.repeat(64),
    host,
    user: 'root',
    pid,
    exclusive: true,
    takenAt: new Date(takenAtMs),
  })

  it('asks for host, pid, time and death', async () => {
    const child = spawn('/bin/true')
    const run = await rememberProcess(child.pid ?? 0, Date.now())
    await once(child, 'exit')
    const later = run.startedAtMs + 60_000
    expect(await isOwnDeadLock(lockOf(run.pid, later), [run])).toBe(true)
    expect(await isOwnDeadLock(lockOf(run.pid, later), [])).toBe(false)
    expect(await isOwnDeadLock(lockOf(run.pid + 1, later), [run])).toBe(false)
    expect(await isOwnDeadLock(lockOf(run.pid, later, 'another-host'), [run])).toBe(false)
    expect(await isOwnDeadLock(lockOf(run.pid, run.startedAtMs - 60_000), [run])).toBe(false)
  })

  it('is not confused by a pid that was given away again', async () => {
    const self = await rememberProcess(process.pid, Date.now())
    const former = { ...self, birth: 'an earlier process' }
    // We are no restic, so the lock cannot be ours, but only that of the restic that had this pid before.
    expect(await isOwnDeadLock(lockOf(process.pid, Date.now()), [former])).toBe(true)
    expect(await isOwnDeadLock(lockOf(process.pid, Date.now()), [former, self])).toBe(false)
    expect(await isOwnDeadLock(lockOf(process.pid, Date.now()), [{ ...self, birth: null }])).toBe(false)
  })

  it('leaves the lock to a living restic that has the pid of a dead one of ours', async () => {
    await using site = await openSite()
    await using stranger = await strangerHolds(site)
    const former = { pid: stranger.pid, birth: 'an earlier restic of ours', startedAtMs: Date.now() - 60_000 }
    expect(await clearOwnDeadLocks(site.restic, site.repository, [former])).toEqual([])
    expect(site.locks()).toEqual([stranger.lockId])
  })
})

/** A dead lock of ours, one of somebody else beside it, and the way over REST to both. */
async function ownAndOther(site: Site) {
  const mine = await diedWithItsLock(site)
  const [own = ''] = site.locks()
  await using others = await openSite()
  await diedWithItsLock(others)
  const [other = ''] = others.locks()
  copyFileSync(join(others.repositoryFolder, 'locks', other), join(site.repositoryFolder, 'locks', other))
  return { mine, own, other }
}

describe('over REST', () => {
  it('a dead lock of ours is removed, and the run goes on', async () => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    const repository: Repository = { ...site.repository, location: server.location('somebody:secret') }
    const dead = await diedWithItsLock(site)
    const result = await backup(site.restic, repository, { sources: [site.sources] }, { ownRuns: [dead] })
    expect(result.outcome).toBe('succeeded')
    expect(site.locks()).toEqual([])
  })

  it('it is removed alone, and without restic', async () => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    const repository: Repository = { ...site.repository, location: server.location() }
    const { mine, own, other } = await ownAndOther(site)
    const noRestic = { ...site.restic, binary: '/nowhere/restic' }
    const removed = await clearOwnDeadLocks(noRestic, repository, [mine])
    expect(removed.map(({ id }) => id)).toEqual([own])
    expect(site.locks()).toEqual([other])
  })

  it.each([500, 404])(
    'a server that answers %i to it keeps its lock, and nothing is said to be removed',
    async (status) => {
      await using site = await openSite()
      await using server = await startRestServer(site.repositoryFolder)
      const repository: Repository = { ...site.repository, location: server.location() }
      const dead = await diedWithItsLock(site)
      server.fault = (method) => (method === 'DELETE' ? status : null)
      expect(await clearOwnDeadLocks(site.restic, repository, [dead])).toEqual([])
      expect(site.locks()).toHaveLength(1)
    },
  )

  it('a list or a file longer than there can be is not taken in', async () => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    const place = lockPlaceOf({ ...site.repository, location: server.location() })
    const id = 'e'.repeat(64)
    writeFileSync(join(site.repositoryFolder, 'locks', id), Buffer.alloc(1024 * 1024))
    await expect(place?.read('locks', id)).rejects.toThrow('longer')
    expect(await place?.list('locks')).toContain(id)
  })
})

describe('where only restic gets through', () => {
  // A proxy, which restic does not use for this machine.
  beforeEach(() => vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9'))
  afterEach(() => void vi.unstubAllEnvs())

  it('a dead lock of ours is removed by restic unlock', async () => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    const repository: Repository = { ...site.repository, location: server.location() }
    const dead = await diedWithItsLock(site)
    const result = await backup(site.restic, repository, { sources: [site.sources] }, { ownRuns: [dead] })
    expect(result.outcome).toBe('succeeded')
    expect(site.locks()).toEqual([])
  })

  it('but not if restic unlock would also remove one that is not ours', async () => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    const repository: Repository = { ...site.repository, location: server.location() }
    const { mine, own, other } = await ownAndOther(site)
    expect(await clearOwnDeadLocks(site.restic, repository, [mine])).toEqual([])
    expect(site.locks().sort()).toEqual([own, other].sort())
  })
})

const runProcess = z.object({ pid: z.number(), birth: z.string().nullable(), startedAtMs: z.number() })

describe('an agent that is killed', () => {
  async function startAgent(site: Site, work: 'check' | 'backup', location: string) {
    const script = join(import.meta.dirname, 'testing', 'agent-process.ts')
    const agent = spawn(process.execPath, [script, work, site.path('cache'), site.sources], {
      env: { ...process.env, REPOSITORY: location, PASSWORD: site.repository.password },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(agent.stdout), 'line')
    return { agent, run: runProcess.parse(JSON.parse(line)) }
  }

  it('leaves a restic behind that is found again and ended, and its lock is removed', async () => {
    await using site = await openSite()
    await using server = await startRestServer(site.repositoryFolder)
    writeFileSync(join(site.sources, 'file'), 'x')
    await backup(site.restic, site.repository, { sources: [site.sources] })
    server.fault = (method, kind) => (method === 'GET' && kind === 'data' ? 'hang' : null)
    const { agent, run } = await startAgent(site, 'check', server.location())
    await expect.poll(() => server.faultsMade, { interval: 10, timeout: 10_000 }).toBeGreaterThan(0)
    agent.kill('SIGKILL')
    await once(agent, 'exit')

    expect(site.locks()).toHaveLength(1)
    expect(await clearOwnDeadLocks(site.restic, site.repository, [run])).toEqual([])
    expect(site.locks()).toHaveLength(1)
    expect(await endOrphan(run)).toBe('ended')
    expect(await lookAt(run.pid)).toBeNull()
    await clearOwnDeadLocks(site.restic, site.repository, [run])
    expect(site.locks()).toEqual([])
  })

  it('together with its restic leaves a lock that is recognised by the journal, and removed', async () => {
    await using site = await openSite()
    const locked = nextLock(site)
    const { agent, run } = await startAgent(site, 'check', site.repositoryFolder)
    await locked
    process.kill(run.pid, 'SIGKILL')
    agent.kill('SIGKILL')
    await once(agent, 'exit')
    await vi.waitUntil(async () => (await lookAt(run.pid)) === null)

    expect(await endOrphan(run)).toBe('gone')
    expect(site.locks()).toHaveLength(1)
    const blocked = check(site.restic, site.repository, { readData: false })
    await expect(blocked).rejects.toMatchObject({ code: 'repository_locked' })
    expect(await clearOwnDeadLocks(site.restic, site.repository, [run])).toHaveLength(1)
    await check(site.restic, site.repository, { readData: false })
  })
})
