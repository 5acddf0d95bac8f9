/**
 * A place for one test: fresh folders, the real restic, and a real repository of its own.
 *
 * The repository is a copy of `repository/`, an empty one as restic 0.14 made it. Only its key file was changed: it
 * asks for the cheapest scrypt instead of half a second of it, which every call of restic would have to pay.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, watch } from 'node:fs'
import { chmod, cp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRestic, type Repository, type Restic } from '../index.ts'

export const PASSWORD = 'correct horse battery staple'

export type Site = {
  readonly restic: Restic
  readonly repository: Repository
  /** Of the repository, whatever way `repository` reaches it. */
  readonly repositoryFolder: string
  readonly sources: string
  /** A path below the site, not made yet. */
  path: (...names: string[]) => string
  locks: () => string[]
  [Symbol.asyncDispose](): Promise<void>
}

export async function openSite(): Promise<Site> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-engine-')))
  const path = (...names: string[]) => join(root, ...names)
  await chmod(root, 0o755)
  await cp(join(import.meta.dirname, 'repository'), path('repository'), { recursive: true })
  for (const kind of ['data', 'index', 'locks', 'snapshots']) mkdirSync(path('repository', kind))
  mkdirSync(path('sources'))
  mkdirSync(path('cache'))
  await chmod(path('cache'), 0o777)
  return {
    restic: await findRestic({ cacheFolder: path('cache') }),
    repository: { location: path('repository'), password: PASSWORD },
    repositoryFolder: path('repository'),
    sources: path('sources'),
    path,
    locks: () => readdirSync(path('repository', 'locks')).filter((name) => /^[0-9a-f]{64}$/.test(name)),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

/** Resolves as soon as a lock is in the repository. Call it before that which takes the lock. */
export function nextLock(site: Site): Promise<string> {
  return new Promise((resolve) => {
    const watcher = watch(join(site.repositoryFolder, 'locks'), () => {
      const [lock] = site.locks()
      if (lock === undefined) return
      watcher.close()
      resolve(lock)
    })
  })
}

export type Stranger = {
  readonly pid: number
  readonly lockId: string
  /** Kills it, so that its lock stays. */
  die: () => Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Somebody else's restic, started by hand on this machine: it holds the repository exclusively and does not move. */
export async function strangerHolds(site: Site): Promise<Stranger> {
  const locked = nextLock(site)
  const child: ChildProcess = spawn(site.restic.binary, ['check', '--read-data'], {
    env: { ...site.restic.env, RESTIC_REPOSITORY: site.repositoryFolder, RESTIC_PASSWORD: PASSWORD },
    stdio: 'ignore',
  })
  const lockId = await locked
  child.kill('SIGSTOP')
  const { pid } = child
  if (pid === undefined) throw new Error('restic could not be started.')
  const die = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { pid, lockId, die, [Symbol.asyncDispose]: die }
}

export const isRoot = process.getuid?.() === 0
const NOBODY = 65_534

/** Root may read everything: what an ordinary user meets is tried as `nobody`. */
export async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (!isRoot) return work()
  process.seteuid?.(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
  }
}

/** Makes all of it the property of him whom `asOrdinaryUser` becomes. */
export function giveToOrdinaryUser(path: string): void {
  if (isRoot) execFileSync('chown', ['-R', String(NOBODY), path])
}

export const canMount = isRoot && process.platform === 'linux' && existsSync('/bin/mount')

/** A file system of its own, as small as wanted. */
export function mountSmallDisk(folder: string, sizeMiB: number): Disposable {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder])
  return { [Symbol.dispose]: () => execFileSync('umount', ['--lazy', folder]) }
}
