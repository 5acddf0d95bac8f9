/**
 * Locks in a repository, and which of them are ours to remove.
 *
 * restic takes its lock away when it ends, but not when it is killed, and on 0.14 not even on SIGINT in the 200 ms
 * after it took it. Such a lock blocks whoever needs the repository for himself. `restic unlock` is no answer: it
 * also removes every lock older than 30 minutes, and so those of machines that merely slept or lost their line.
 *
 * A lock is ours and dead if all of this holds; nothing else is ever removed:
 *   - it was taken on this host, by a pid that the journal names as a restic of ours
 *   - not before that restic was started (a machine of the same name, or an earlier owner of the pid, may hold it)
 *   - that restic lives no more (pid *and* birth)
 *   - no other restic lives under the same pid now: the lock could be its own
 */
import { hostname } from 'node:os'
import { EngineError } from './errors.ts'
import { ask } from './invoke.ts'
import { readLockFile } from './lock-files.ts'
import { lockPlaceOf } from './lock-places.ts'
import { lockDocument, parseJson } from './messages.ts'
import type { Restic } from './probe.ts'
import { isRestic, lookAt, type RunProcess, whereabouts } from './processes.ts'
import type { Repository } from './repository.ts'

export type Lock = {
  readonly id: string
  readonly host: string
  readonly user: string
  readonly pid: number
  readonly exclusive: boolean
  /** When it was taken or last refreshed (every five minutes), by its host's clock. */
  readonly takenAt: Date
}

const LOCK_ID = /^[0-9a-f]{64}$/

/** Every lock that can be read. One that vanishes meanwhile, or is no lock, is left out. @throws EngineError */
export async function findLocks(
  restic: Restic,
  repository: Repository,
  signal?: AbortSignal,
): Promise<Lock[]> {
  const seen = await locksInSight(repository)
  const ids = seen ? [...seen] : await askForLockIds(restic, repository, signal)
  return readLocks(restic, repository, ids, signal)
}

/** Side by side: each has to open the repository, which costs restic half a second. */
async function readLocks(
  restic: Restic,
  repository: Repository,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Lock[]> {
  const locks: Lock[] = []
  for (let next = 0; next < ids.length; next += READ_AT_ONCE) {
    const some = ids.slice(next, next + READ_AT_ONCE)
    const read = await Promise.all(some.map((id) => readLock(restic, repository, id, signal)))
    locks.push(...read.filter((lock) => lock !== null))
  }
  return locks
}

const READ_AT_ONCE = 4

async function askForLockIds(restic: Restic, repository: Repository, signal?: AbortSignal) {
  return idsAmong((await ask(restic, repository, ['list', 'locks'], signal)).split('\n'))
}

/** Which locks there are, where looking costs little: in a folder, or over REST. Null elsewhere, or without an answer. */
export async function locksInSight(repository: Repository): Promise<ReadonlySet<string> | null> {
  const names = await lockPlaceOf(repository)
    ?.list('locks')
    .catch(() => null)
  return names ? new Set(idsAmong(names)) : null
}

function idsAmong(names: readonly string[]): string[] {
  return names.filter((name) => LOCK_ID.test(name))
}

async function readLock(
  restic: Restic,
  repository: Repository,
  id: string,
  signal?: AbortSignal,
): Promise<Lock | null> {
  const data = (await readLockFile(repository, id)) ?? (await askForLock(restic, repository, id, signal))
  if (data === null) return null
  const { hostname: host, username: user, pid, exclusive, time: takenAt } = data
  return { id, host, user, pid, exclusive, takenAt }
}

async function askForLock(restic: Restic, repository: Repository, id: string, signal?: AbortSignal) {
  const text = await ask(restic, repository, ['cat', 'lock', id], signal).catch((error) => {
    if (error instanceof EngineError && error.code !== 'run_cancelled') return ''
    throw error
  })
  return lockDocument.safeParse(parseJson(text)).data ?? null
}

/** restic notes the time a moment after we note its start, but clocks are set, and rounded by `ps`. */
const CLOCK_SLACK_MS = 2_000

export async function isOwnDeadLock(lock: Lock, ownRuns: readonly RunProcess[]): Promise<boolean> {
  if (lock.host !== hostname()) return false
  const takers = ownRuns.filter(
    (run) => run.pid === lock.pid && run.startedAtMs - CLOCK_SLACK_MS <= lock.takenAt.getTime(),
  )
  if (takers.length === 0) return false
  for (const run of takers) if ((await whereabouts(run)) !== 'dead') return false
  const stranger = await lookAt(lock.pid)
  return stranger === null || (stranger.program !== null && !isRestic(stranger))
}

export type ClearingOptions = {
  readonly signal?: AbortSignal
  /** Were there before any of those runs began, so they are not theirs and need not be read. */
  readonly known?: ReadonlySet<string> | null
}

/** Removes the locks of own runs that died, and no other. Returns what it removed. @throws EngineError */
export async function clearOwnDeadLocks(
  restic: Restic,
  repository: Repository,
  ownRuns: readonly RunProcess[],
  { signal, known = null }: ClearingOptions = {},
): Promise<Lock[]> {
  if (ownRuns.length === 0) return []
  const seen = await locksInSight(repository)
  // Where only restic can remove a lock, all of them have to be known: it would remove others too.
  const suspects = seen
    ? [...seen].filter((id) => !known?.has(id))
    : await askForLockIds(restic, repository, signal)
  const locks = await readLocks(restic, repository, suspects, signal)
  const dead: Lock[] = []
  for (const lock of locks) if (await isOwnDeadLock(lock, ownRuns)) dead.push(lock)
  if (dead.length === 0) return []
  if (seen === null) return (await unlockExactly(restic, repository, locks, dead)) ? dead : []
  const removed: Lock[] = []
  for (const lock of dead)
    await lockPlaceOf(repository)
      ?.removeLock(lock.id)
      .then(
        () => removed.push(lock),
        () => {},
      )
  return removed
}

const RESTIC_STALE_MS = 30 * 60_000

/**
 * Where a lock cannot be had without restic, only restic itself can remove a lock, by `unlock`. It is used only if what it would
 * remove by its own rules is exactly what we want removed.
 */
async function unlockExactly(
  restic: Restic,
  repository: Repository,
  locks: readonly Lock[],
  dead: readonly Lock[],
): Promise<boolean> {
  const doomed: Lock[] = []
  for (const lock of locks) {
    const old = Date.now() - lock.takenAt.getTime() > RESTIC_STALE_MS
    if (old || (lock.host === hostname() && (await lookAt(lock.pid)) === null)) doomed.push(lock)
  }
  if (doomed.length !== dead.length || doomed.some((lock) => !dead.includes(lock))) return false
  await ask(restic, repository, ['unlock'])
  return true
}
