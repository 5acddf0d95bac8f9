/** One cluster's folder: made by `initdb`, started and stopped by `pg_ctl`. */
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { codeOf, DatabaseError } from '../errors.ts'
import type { Binaries } from './binaries.ts'
import { runProgram } from './program.ts'
import type { RunAs } from './run-as.ts'

export const OWNER = 'holdfast_owner'

/**
 * `full` is PostgreSQL's own care: what is committed survives a power cut. `none` is for tests only, which throw the
 * cluster away anyway.
 */
export type Durability = 'full' | 'none'

export type Cluster = {
  readonly folder: string
  readonly binaries: Binaries
  readonly user: RunAs
  readonly durability: Durability
}

const SETTINGS: Record<Durability, string> = {
  full: '',
  none: '-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0',
}

export async function exists(cluster: Cluster): Promise<boolean> {
  return stat(join(cluster.folder, 'PG_VERSION')).then(
    () => true,
    () => false,
  )
}

/**
 * Made under another name and then renamed: a cluster is there whole or not at all.
 * @throws DatabaseError `embedded_postgres_failed`
 */
export async function create(cluster: Cluster, ownerPassword: string): Promise<void> {
  const draft = `${cluster.folder}.new-${randomBytes(4).toString('hex')}`
  const passwordFile = `${draft}.password`
  try {
    await mkdir(draft, { mode: 0o700 })
    await writeFile(passwordFile, ownerPassword, { mode: 0o600 })
    if (cluster.user?.as === 'user')
      for (const path of [draft, passwordFile]) await chown(path, cluster.user.uid, cluster.user.gid)
    const { code, output } = await runProgram(
      cluster.binaries.initdb,
      [
        `--pgdata=${draft}`,
        `--username=${OWNER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        ...(cluster.durability === 'none' ? ['--no-sync'] : []),
      ],
      cluster.user,
    )
    if (code !== 0) throw new DatabaseError('embedded_postgres_failed', `initdb: ${output}`)
    await rename(draft, cluster.folder).catch(async (error) => {
      // Another portal that started at the same moment was first.
      if (!(await exists(cluster))) throw error
    })
  } finally {
    await rm(passwordFile, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

export type StartOutcome = { readonly started: boolean; readonly mayPass: boolean; readonly log: string }

/** What the log says when only a moment's patience, or another port, is missing. */
const PASSING = /pre-existing shared memory block|lock file .* already exists|Address already in use/

/** Resolves when it accepts connections or has given up; then the end of the log says why. */
export async function start(cluster: Cluster, port: number): Promise<StartOutcome> {
  await turnLog(cluster)
  const before = (await readLog(cluster)).length
  const options = [
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`,
    // The details of an error may quote a row, and a row may hold a password hash.
    '-c log_error_verbosity=terse -c jit=off',
    SETTINGS[cluster.durability],
  ].join(' ')
  // Crash recovery may take minutes; a server that cannot start ends the waiting at once.
  const { code, output } = await runProgram(
    cluster.binaries.pgCtl,
    ['start', '-D', cluster.folder, '-l', logFile(cluster), '-o', options, '-w', '-t', '600', '-s'],
    cluster.user,
  )
  const said = (await readLog(cluster)).slice(before).trim() || output
  const log = `${said.split('\n').slice(-5).join('\n')}\n(log: ${logFile(cluster)})`
  return { started: code === 0, mayPass: PASSING.test(said), log }
}

/** Ends running transactions, writes everything down and stops. Nothing to do when it does not run. */
export async function stop(cluster: Cluster): Promise<void> {
  const { code, output } = await runProgram(
    cluster.binaries.pgCtl,
    ['stop', '-D', cluster.folder, '-m', 'fast', '-w', '-t', '60', '-s'],
    cluster.user,
  )
  if (code !== 0 && (await postmaster(cluster)))
    throw new DatabaseError('embedded_postgres_failed', `it did not stop: ${output}`)
}

/** The running server, by its lock file: null when there is none, or when its process is gone. */
export async function postmaster(cluster: Cluster): Promise<{ pid: number; port: number } | null> {
  const text = await readFile(join(cluster.folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid, , , port] = text.split('\n').map(Number)
  return pid && port && isAlive(pid) ? { pid, port } : null
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/**
 * After a reboot, or in a new container, the process number in the lock file of a killed server can belong to somebody
 * else, and PostgreSQL would wait for that one for ever. Removes the lock only when that process is no PostgreSQL.
 */
export async function dropForeignLock(cluster: Cluster): Promise<boolean> {
  const lock = await postmaster(cluster)
  if (!lock) return false
  const { code, output } = await runProgram('ps', ['-o', 'comm=', '-p', String(lock.pid)], null).catch(
    () => ({
      code: null,
      output: '',
    }),
  )
  if (code !== 0 || output.includes('postgres')) return false
  await rm(join(cluster.folder, 'postmaster.pid'), { force: true })
  return true
}

function readLog(cluster: Cluster): Promise<string> {
  return readFile(logFile(cluster), 'utf8').catch(() => '')
}

/** Keeps the log of now and the one before. */
async function turnLog(cluster: Cluster): Promise<void> {
  if ((await readLog(cluster)).length > 10 * 1024 * 1024)
    await rename(logFile(cluster), `${logFile(cluster)}.old`)
}

function logFile(cluster: Cluster): string {
  return join(cluster.folder, 'server.log')
}

/** The wanted port if it is free on loopback, else any free one. */
export async function freePort(wanted: number | null): Promise<number> {
  if (wanted !== null && (await listens(wanted)) !== null) return wanted
  const port = await listens(0)
  if (port === null) throw new DatabaseError('embedded_postgres_failed', 'no port is free on 127.0.0.1')
  return port
}

/** Tries to listen and stops at once: the port number, or null if it is taken. */
function listens(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(null))
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : null))
    })
  })
}
