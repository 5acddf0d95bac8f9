/** The embedded PostgreSQL must outlive us, come back after a kill with everything that was committed, and say what is wrong. */
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type EmbeddedNews, type EmbeddedPostgres, startEmbeddedPostgres } from './index.ts'

const isRoot = process.getuid?.() === 0

let folder: string
let dataFolder: string
let running: EmbeddedPostgres
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast embedded '))
  await chmod(folder, 0o711)
  dataFolder = join(folder, 'postgres')
  running = await startEmbeddedPostgres({ dataFolder })
})
afterAll(async () => {
  await running.stop()
  await rm(folder, { recursive: true })
})

describe('as it runs', () => {
  it('is PostgreSQL 18 that loses nothing: syncing, with checksums, in one well-known locale', async () => {
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'password_encryption']
    for (const [name, value] of [
      ...names.slice(0, 4).map((name) => [name, 'on']),
      ['password_encryption', 'scram-sha-256'],
    ])
      expect(await ask(`SELECT current_setting('${name}') AS answer`), name).toBe(value)
    expect(await ask("SELECT current_setting('server_version') AS answer")).toMatch(/^18\./)
    expect(
      await ask(
        'SELECT datlocprovider::text || datlocale AS answer FROM pg_database WHERE datname = current_database()',
      ),
    ).toBe('bC.UTF-8')
  })

  it('lets nobody in without the password', async () => {
    const url = Object.assign(new URL(running.ownerUrl), { password: 'guessed' }).href
    await expect(new pg.Client(url).connect()).rejects.toMatchObject({ code: '28P01' })
    expect(
      await ask("SELECT count(*) AS answer FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'"),
    ).toBe('0')
  })

  it('listens on loopback only', async () => {
    expect(await ask("SELECT current_setting('listen_addresses') AS answer")).toBe('127.0.0.1')
    expect(await ask("SELECT current_setting('unix_socket_directories') AS answer")).toBe('')
    for (const address of Object.values(networkInterfaces())
      .flat()
      .filter((one) => one?.family === 'IPv4' && !one.internal)) {
      const url = Object.assign(new URL(running.ownerUrl), { hostname: address?.address ?? '' }).href
      await expect(new pg.Client(url).connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    }
  })

  it('keeps its password where only we can read it', async () => {
    expect((await stat(`${dataFolder}.json`)).mode & 0o777).toBe(0o600)
    expect((await stat(dataFolder)).mode & 0o077).toBe(0)
    const { password } = new URL(running.ownerUrl)
    expect(await readFile(join(dataFolder, 'server.log'), 'utf8')).not.toContain(password)
  })
})

describe('starting again', () => {
  it('goes on with a server that runs already', async () => {
    const before = await processId()
    running = await startEmbeddedPostgres({ dataFolder })
    expect(await processId()).toBe(before)
  })

  it('serves several that start at the same moment, even in an empty folder', async () => {
    const fresh = join(folder, 'fresh')
    const all = await Promise.all([1, 2, 3].map(() => startEmbeddedPostgres({ dataFolder: fresh })))
    await all[0]?.stop()
    expect(new Set(all.map(({ ownerUrl }) => ownerUrl)).size).toBe(1)
    expect((await readdir(folder)).sort()).toEqual(['fresh', 'fresh.json', 'postgres', 'postgres.json'])
  })

  it('keeps its port from start to start, and takes another when that is taken', async () => {
    const port = new URL(running.ownerUrl).port
    await running.stop()
    running = await startEmbeddedPostgres({ dataFolder })
    expect(new URL(running.ownerUrl).port).toBe(port)

    await running.stop()
    const squatter = await listenOn(Number(port))
    try {
      running = await startEmbeddedPostgres({ dataFolder })
      expect(new URL(running.ownerUrl).port).not.toBe(port)
      expect(await ask('SELECT 1 AS answer')).toBe(1)
    } finally {
      squatter.close()
    }
  })

  it('recovers after a kill with all that was committed', async () => {
    await ask('CREATE TABLE IF NOT EXISTS kept (n int)')
    for (let n = 1; n <= 2; n += 1) {
      await ask(`INSERT INTO kept VALUES (${n})`)
      process.kill(await processId(), 'SIGKILL')
      running = await startEmbeddedPostgres({ dataFolder })
      expect(await ask('SELECT count(*)::int AS answer FROM kept')).toBe(n)
    }
  })

  it('is started again on its port whenever it is gone, until it is to stop', async () => {
    const news: EmbeddedNews[] = []
    running.keepRunning((one) => news.push(one))
    for (const _ of [1, 2]) {
      news.length = 0
      process.kill(await processId(), 'SIGKILL')
      await vi.waitUntil(() => news.some((one) => one.news === 'back'), 30_000)
      expect(news[0]).toEqual({ news: 'gone' })
      expect(await ask('SELECT count(*)::int AS answer FROM kept')).toBe(2)
    }
    news.length = 0
    await running.stop()
    expect(news).toEqual([])
    running = await startEmbeddedPostgres({ dataFolder })
  })

  it('is not held up by a lock whose process number belongs to somebody else now', async () => {
    await running.stop()
    const lock = [process.pid, dataFolder, '1', new URL(running.ownerUrl).port, '', '127.0.0.1', '', 'ready']
    await writeFile(join(dataFolder, 'postmaster.pid'), `${lock.join('\n')}\n`)
    running = await startEmbeddedPostgres({ dataFolder })
    expect(await ask('SELECT count(*)::int AS answer FROM kept')).toBe(2)
  })

  it('stops without complaint when it is stopped already', async () => {
    await running.stop()
    await running.stop()
    running = await startEmbeddedPostgres({ dataFolder })
  })
})

describe('what is wrong is named', () => {
  it('a damaged cluster, with the end of its log', async () => {
    await running.stop()
    const file = join(dataFolder, 'postgresql.conf')
    const settings = await readFile(file)
    await writeFile(file, 'shared_buffers = nonsense\n')
    try {
      await expect(startEmbeddedPostgres({ dataFolder })).rejects.toMatchObject({
        code: 'embedded_postgres_failed',
        detail: expect.stringMatching(/invalid value for parameter "shared_buffers".*server\.log/s),
      })
    } finally {
      await writeFile(file, settings)
      running = await startEmbeddedPostgres({ dataFolder })
    }
  })

  it('a lost password', async () => {
    const secrets = await readFile(`${dataFolder}.json`)
    await writeFile(`${dataFolder}.json`, JSON.stringify({ ownerPassword: 'x'.repeat(48), port: null }))
    try {
      await expect(startEmbeddedPostgres({ dataFolder })).rejects.toMatchObject({
        code: 'embedded_postgres_failed',
        detail: expect.stringContaining('postgres.json'),
      })
      await writeFile(`${dataFolder}.json`, 'not json')
      await expect(startEmbeddedPostgres({ dataFolder })).rejects.toMatchObject({
        detail: expect.stringContaining('damaged'),
      })
    } finally {
      await writeFile(`${dataFolder}.json`, secrets)
    }
  })

  it.runIf(isRoot)('a cluster whose folder was closed to the user who owns it', async () => {
    const closed = join(folder, 'closed')
    const cluster = join(closed, 'deep', 'postgres')
    await mkdir(cluster, { recursive: true })
    await chown(cluster, 65_534, 65_534)
    await chmod(closed, 0o700)
    await expect(startEmbeddedPostgres({ dataFolder: cluster })).rejects.toMatchObject({
      code: 'embedded_folder_closed',
      detail: expect.stringContaining(closed),
    })
  })
})

it.runIf(isRoot && process.platform === 'linux')(
  'lives in a folder of root’s own, such as /root, without its powers',
  async () => {
    const closed = await mkdtemp(join(tmpdir(), 'holdfast-closed-'))
    const options = { dataFolder: join(closed, 'postgres'), durability: 'none' } as const
    const first = await startEmbeddedPostgres(options)
    try {
      const lock = await readFile(join(options.dataFolder, 'postmaster.pid'), 'utf8')
      const status = await readFile(`/proc/${lock.split('\n')[0]}/status`, 'utf8')
      expect(status).toMatch(/^CapEff:\s+0+$/m)
      await first.stop()
      const again = await startEmbeddedPostgres(options)
      expect(again.ownerUrl).toBe(first.ownerUrl)
    } finally {
      await first.stop()
      await rm(closed, { recursive: true })
    }
  },
)

async function ask(text: string): Promise<unknown> {
  const client = new pg.Client(running.ownerUrl)
  await client.connect()
  try {
    return (await client.query<{ answer: unknown }>(text)).rows[0]?.answer
  } finally {
    await client.end()
  }
}

async function processId(): Promise<number> {
  return Number((await readFile(join(dataFolder, 'postmaster.pid'), 'utf8')).split('\n')[0])
}

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
