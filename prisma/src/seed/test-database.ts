/**
 * Real PostgreSQL for tests: one throw-away cluster, one fresh database a call, copied from one that has been migrated
 * once. The cluster is a process's own, or one for a whole run of tests: then it was started before them
 * (`shareTestCluster`), and what a test does to roles or sees of other sessions it shares with others. The cluster does
 * not sync to disk; what a test shows about durability it must show on a real one.
 *
 * A small shell waits at the end of a pipe that this process holds. When the process ends, however it ends, the pipe
 * closes, and the shell stops the cluster and removes its folder.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { type Database, type OpenOptions, openDatabase } from '../client.ts'
import { startEmbeddedPostgres } from '../embedded/index.ts'
import { applyMigrations, connectOwner } from '../migrations/apply.ts'

export type TestDatabase = {
  readonly database: Database
  /** As the owner, who is a superuser here: looks past row-level security. */
  readonly ownerUrl: string
  /** Of `holdfast_app`. */
  readonly appPassword: string
  /** Closes the database and drops it. */
  stop(): Promise<void>
}

const testCluster = z.object({ templateUrl: z.url(), appPassword: z.string() })
type TestCluster = z.output<typeof testCluster>

/** How the processes that a run of tests starts know its cluster. */
const SHARED = 'HOLDFAST_TEST_CLUSTER'

const shared = globalThis as typeof globalThis & { holdfastTestCluster?: Promise<TestCluster> }
let databases = 0

export async function startTestDatabase(
  options: Pick<OpenOptions, 'poolSize' | 'waitMsMax'> = {},
): Promise<TestDatabase> {
  shared.holdfastTestCluster ??= sharedCluster() ?? startCluster()
  const { templateUrl, appPassword } = await shared.holdfastTestCluster
  databases += 1
  const name = `test_${process.pid}_${databases}_${randomBytes(3).toString('hex')}`
  await asOwner(templateUrl, `CREATE DATABASE ${name} TEMPLATE holdfast`)
  const ownerUrl = withDatabase(templateUrl, name)
  const database = await openDatabase({ ownerUrl, appPassword, poolSize: 4, ...options })
  return {
    database,
    ownerUrl,
    appPassword,
    async stop() {
      await database.close()
      await asOwner(templateUrl, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

/** For all processes that this one starts from now on. It goes when this process does. */
export async function shareTestCluster(): Promise<void> {
  const cluster = await startCluster()
  // Gives the role its password, so that no two have to at the same moment.
  await (await openDatabase({ ownerUrl: cluster.templateUrl, appPassword: cluster.appPassword })).close()
  process.env[SHARED] = JSON.stringify(cluster)
}

function sharedCluster(): Promise<TestCluster> | null {
  const told = process.env[SHARED]
  return told ? Promise.resolve(testCluster.parse(JSON.parse(told))) : null
}

async function startCluster(): Promise<TestCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  // Under root, PostgreSQL is another user and must get through.
  await chmod(folder, 0o711)
  removeAfterUs(folder)
  const { ownerUrl } = await startEmbeddedPostgres({
    dataFolder: join(folder, 'postgres'),
    durability: 'none',
  })
  await applyMigrations(ownerUrl)
  return { templateUrl: ownerUrl, appPassword: randomBytes(16).toString('hex') }
}

const REMOVE = `
  cat > /dev/null
  pid=$(head -n 1 "$1/postgres/postmaster.pid" 2> /dev/null) && kill -QUIT "$pid" &&
    while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
  rm -rf "$1"`

function removeAfterUs(folder: string): void {
  const shell = spawn('/bin/sh', ['-c', REMOVE, 'sh', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  if (shell.stdin && 'unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref()
}

async function asOwner(templateUrl: string, statement: string): Promise<void> {
  const owner = await connectOwner(withDatabase(templateUrl, 'postgres'))
  try {
    await owner.query(statement)
  } finally {
    await owner.end()
  }
}

function withDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}
