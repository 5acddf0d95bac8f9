/**
 * PostgreSQL without setting anything up: the portal brings its own and keeps it in a folder.
 *
 * It is an ordinary server in every respect that matters (fsync on, scram passwords, its own process), listens on
 * loopback only, and outlives a portal that is killed: the next portal finds it running and goes on with it. When it was
 * killed itself, it recovers from its own log.
 *
 *   <folder>        the cluster, with `server.log` in it
 *   <folder>.json   its port and its owner's password, readable only by us
 */
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { codeOf, DatabaseError } from '../errors.ts'
import { findBinaries } from './binaries.ts'
import {
  type Cluster,
  create,
  type Durability,
  dropForeignLock,
  exists,
  freePort,
  OWNER,
  postmaster,
  start,
  stop,
} from './cluster.ts'
import { Keeper } from './keeper.ts'
import { chooseUser } from './run-as.ts'
import { recall, remember } from './secrets.ts'

export type EmbeddedPostgres = {
  /** Connects as the owner of the database `holdfast`. Holds a password: never print it. */
  readonly ownerUrl: string
  /**
   * From now on it is started again, on the same port, whenever it is gone: nobody else on this machine looks after it.
   * Who is connected sees his connection end, and gets a new one when it is back.
   */
  keepRunning(tell: (news: EmbeddedNews) => void): void
  /** Stops the server, whoever started it, after writing everything down. */
  stop(): Promise<void>
}

export type EmbeddedNews =
  | { readonly news: 'gone' }
  | { readonly news: 'back'; readonly afterMs: number }
  /** It is tried again. */
  | { readonly news: 'failed'; readonly error: unknown }

export type EmbeddedOptions = {
  /** Absolute. The cluster itself; made when it is not there. */
  readonly dataFolder: string
  /** Fixed port on 127.0.0.1. Without it, a free one is chosen, kept from start to start, and changed when taken. */
  readonly port?: number
  /** `none` only where the data is thrown away afterwards: tests. */
  readonly durability?: Durability
}

const DATABASE = 'holdfast'
/** After a kill, the old server's children take a moment to let go of its memory. */
const RETRY_FOR_MS = 15_000

/** @throws DatabaseError `embedded_postgres_missing`, `embedded_folder_closed`, `embedded_postgres_failed` */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const binaries = findBinaries()
  const folder = options.dataFolder
  await mkdir(dirname(folder), { recursive: true })
  const cluster: Cluster = {
    folder,
    binaries,
    user: await chooseUser(folder, binaries.postgres),
    durability: options.durability ?? 'full',
  }

  const file = `${cluster.folder}.json`
  const secrets = await recall(file)
  if (!(await exists(cluster))) await create(cluster, secrets.ownerPassword)

  const port = await bringUp(cluster, secrets.ownerPassword, options.port ?? null, secrets.port)
  if (port !== secrets.port) await remember(file, { ...secrets, port })
  await createDatabase(port, secrets.ownerPassword)
  const keeper = new Keeper(cluster, () => bringUp(cluster, secrets.ownerPassword, port, port))
  return {
    ownerUrl: urlTo(DATABASE, port, secrets.ownerPassword),
    keepRunning: (tell) => keeper.begin(tell),
    async stop() {
      await keeper.end()
      await stop(cluster)
    },
  }
}

/** The port of the live server: the one that runs already, or the one that this starts. */
async function bringUp(
  cluster: Cluster,
  password: string,
  fixed: number | null,
  last: number | null,
): Promise<number> {
  const giveUpAt = Date.now() + RETRY_FOR_MS
  for (;;) {
    const running = await postmaster(cluster)
    const state = running ? await probe(running.port, password) : 'dead'
    if (running && state === 'answers') return running.port
    if (state === 'wrong password' && !(await dropForeignLock(cluster)))
      throw new DatabaseError('embedded_postgres_failed', `${cluster.folder}.json does not hold its password`)

    if (state === 'dead') {
      const { started, mayPass, log } = await start(cluster, fixed ?? (await freePort(last)))
      if (started || (await dropForeignLock(cluster))) continue
      if (!mayPass || Date.now() > giveUpAt) throw new DatabaseError('embedded_postgres_failed', log)
    }
    await wait(250)
  }
}

type Liveness = 'answers' | 'starting' | 'dead' | 'wrong password'

/** Asks the server itself: `pg_ctl status` believes the lock file, which a killed server leaves behind. */
async function probe(port: number, password: string): Promise<Liveness> {
  const client = new pg.Client({
    connectionString: urlTo('postgres', port, password),
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    return 'answers'
  } catch (error) {
    const code = codeOf(error)
    if (code === '57P03') return 'starting'
    if (code === '28P01') return 'wrong password'
    const saidByPostgres = /^[0-9A-Z]{5}$/.test(code) && code !== 'EPIPE'
    return saidByPostgres ? 'answers' : 'dead'
  } finally {
    await client.end().catch(() => {})
  }
}

async function createDatabase(port: number, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlTo('postgres', port, password) })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${DATABASE}`)
  } catch (error) {
    const madeBefore = codeOf(error) === '42P04' || codeOf(error) === '23505'
    if (!madeBefore) throw error
  } finally {
    await client.end()
  }
}

function urlTo(database: string, port: number, password: string): string {
  return `postgresql://${OWNER}:${password}@127.0.0.1:${port}/${database}`
}
