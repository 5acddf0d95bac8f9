import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canMount, mountSmallDisk } from '../engine/testing/site.ts'
import type { DatabaseSetting, ServedSetting } from '../state/offers.ts'
import { makeFolder } from '../testing/folder.ts'
import { dump, ofDatabase } from './dump.ts'
import { Spool } from './spool.ts'
import { MARIADB_PASSWORD, startMariadb, type TestMariadb } from './testing/mariadb.ts'
import { POSTGRES_PASSWORD, startPostgresql, type TestPostgresql } from './testing/postgresql.ts'

/** Dumps of real servers and files: each is loaded again, or is not there at all. */

const offer = (setting: DatabaseSetting, password: string | null = null) => ({
  ...{ name: 'shop', setting, password },
})
const never = new AbortController().signal

async function dumped(setting: DatabaseSetting, password: string | null = null, signal = never) {
  const folder = makeFolder()
  const spool = await Spool.open(folder.at('spool'), 'plan')
  const done = await dump(ofDatabase(offer(setting, password)), spool, signal)
  const at = (file: string) => join(spool.folder, 'databases', 'shop', file)
  return { done, at, spool, [Symbol.dispose]: () => folder[Symbol.dispose]() }
}

describe('PostgreSQL', () => {
  const home = makeFolder()
  let server: TestPostgresql
  let setting: ServedSetting & { kind: 'postgresql' }
  beforeAll(async () => {
    server = await startPostgresql(home.path)
    const { socket: host, port, login } = server
    setting = { kind: 'postgresql', host, port, login, database: null, user: null }
    server.sql('postgres', 'CREATE DATABASE shop')
    server.sql('postgres', `CREATE DATABASE "host=nowhere/../x"`)
    server.sql('postgres', 'CREATE ROLE cashier LOGIN')
    server.sql(
      'shop',
      'CREATE TABLE orders AS SELECT n, md5(n::text) AS code FROM generate_series(1, 20000) n',
    )
    server.sql('shop', 'GRANT SELECT ON orders TO cashier')
  })
  afterAll(async () => {
    await server.stop()
    home[Symbol.dispose]()
  })
  const digest = (database: string) =>
    server.sql(database, 'SELECT md5(string_agg(n || code, $$,$$ ORDER BY n)) FROM orders')

  test('is dumped whole: every database and its roles, and what is loaded equals what was there', async () => {
    using all = await dumped(setting, POSTGRES_PASSWORD)
    expect(all.done).toMatchObject({ kind: 'database', name: 'shop', exitCode: 0, code: null, detail: '' })
    expect(all.done.sizeBytes).toBeGreaterThan(500_000)
    expect(existsSync(all.at('host%3Dnowhere%2F..%2Fx.dump'))).toBe(true)
    expect(readFileSync(all.at('roles-and-tablespaces.sql'), 'utf8')).toContain('CREATE ROLE cashier')
    server.sql('postgres', 'CREATE DATABASE loaded')
    server.run('pg_restore', ['--exit-on-error', '--dbname=loaded', all.at('shop.dump')], 'loaded')
    expect(digest('loaded')).toBe(digest('shop'))
    expect(server.sql('loaded', "SELECT has_table_privilege('cashier', 'orders', 'SELECT')")).toBe('t\n')
    server.sql('postgres', 'DROP DATABASE loaded')
  })

  test('is dumped the same where nothing changed, so that nothing of it is stored twice', async () => {
    const one = { ...setting, database: 'shop' }
    using first = await dumped(one, POSTGRES_PASSWORD)
    using second = await dumped(one, POSTGRES_PASSWORD)
    const [before, after] = [readFileSync(first.at('shop.dump')), readFileSync(second.at('shop.dump'))]
    // The moment of the dump stands in its head.
    expect(after.subarray(4_096).equals(before.subarray(4_096))).toBe(true)
  })

  test('with a wrong password leaves nothing, and says so without any password', async () => {
    using wrong = await dumped(setting, 'a wrong secret')
    expect(wrong.done).toMatchObject({ code: 'dump_failed', sizeBytes: 0 })
    expect(wrong.done.detail).toMatch(/password authentication failed/)
    expect(await wrong.spool.files()).toEqual(new Map())
  })

  test('whose dump dies in its middle leaves nothing', async () => {
    const one = { ...setting, database: 'shop' }
    // A lock makes pg_dump wait after it has begun; then somebody ends its connection.
    const env = {
      PATH: process.env.PATH,
      PGPASSWORD: POSTGRES_PASSWORD,
      PGHOST: server.socket,
      PGDATABASE: 'shop',
    }
    const holder = spawn('psql', ['-X', '-U', server.login, '-p', String(server.port)], {
      env,
      stdio: 'pipe',
    })
    holder.stdin.write('BEGIN; LOCK orders; SELECT $$held$$;\n')
    for await (const said of holder.stdout) if (String(said).includes('held')) break
    const dumping = dumped(one, POSTGRES_PASSWORD)
    const waiting = `SELECT pid FROM pg_stat_activity WHERE application_name = 'holdfast-agent' AND wait_event_type = 'Lock'`
    await expect.poll(() => server.sql('postgres', waiting), { interval: 20 }).not.toBe('')
    server.sql('postgres', `SELECT pg_terminate_backend(pid) FROM (${waiting}) AS waiting`)
    using cut = await dumping
    holder.stdin.end('ROLLBACK;\n')
    expect(cut.done).toMatchObject({ code: 'dump_failed', exitCode: 1, sizeBytes: 0 })
    expect(cut.done.detail).toMatch(/terminating connection/)
    expect(await cut.spool.files()).toEqual(new Map())
  })

  test('is let go when the run is cancelled', async () => {
    const cancel = new AbortController()
    cancel.abort()
    using cut = await dumped(setting, POSTGRES_PASSWORD, cancel.signal)
    expect(cut.done).toMatchObject({ code: 'run_cancelled', sizeBytes: 0 })
  })

  test('that is not there says so', async () => {
    using none = await dumped({ ...setting, host: home.at('nowhere') }, POSTGRES_PASSWORD)
    expect(none.done).toMatchObject({ code: 'dump_failed' })
    expect(none.done.detail).toMatch(/No such file/)
  })

  test.runIf(canMount)('does not fill the disk: the dump ends and is thrown away', async () => {
    using folder = makeFolder()
    using small = mountSmallDisk(folder.at('spool'), 4)
    expect(small).toBeDefined()
    server.sql('postgres', 'CREATE DATABASE wide')
    // Little in the tables, which are compressed there, and much in the dump.
    server.sql(
      'wide',
      "CREATE TABLE orders AS SELECT repeat('x', 100000) AS code FROM generate_series(1, 200) n",
    )
    const spool = await Spool.open(folder.at('spool'), 'plan')
    const wide = offer({ ...setting, database: 'wide' }, POSTGRES_PASSWORD)
    const done = await dump(ofDatabase(wide), spool, never)
    expect(done).toMatchObject({ code: 'dump_failed', sizeBytes: 0 })
    expect(done.detail).toMatch(/disk|room|space/i)
    expect(await spool.files()).toEqual(new Map())
  })
})

describe('MySQL and MariaDB', () => {
  const home = makeFolder()
  let server: TestMariadb
  let setting: ServedSetting & { kind: 'mysql' }
  beforeAll(async () => {
    server = await startMariadb(home.path)
    const { socket: host, login } = server
    setting = { kind: 'mysql', host, port: null, login, database: null, user: null }
    server.sql(`CREATE DATABASE shop; CREATE DATABASE \`../--odd\`;
      CREATE TABLE shop.orders (n INT PRIMARY KEY, code VARCHAR(32), raw BLOB) ENGINE = InnoDB;
      USE shop; INSERT INTO shop.orders SELECT seq, MD5(seq), UNHEX(MD5(seq)) FROM seq_1_to_20000;
      CREATE PROCEDURE count_orders() SELECT COUNT(*) FROM orders;
      CREATE TRIGGER no_blank BEFORE INSERT ON orders FOR EACH ROW SET NEW.code = TRIM(NEW.code);
      CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM orders WHERE n < 0`)
  })
  afterAll(async () => {
    await server.stop()
    home[Symbol.dispose]()
  })
  const digest = (database: string) =>
    server.sql(`SET SESSION group_concat_max_len = 10000000;
      SELECT MD5(GROUP_CONCAT(n, code, HEX(raw) ORDER BY n)) FROM ${database}.orders`)

  test('are dumped whole, with routines, triggers and events, and what is loaded equals what was there', async () => {
    using all = await dumped(setting, MARIADB_PASSWORD)
    expect(all.done).toMatchObject({ exitCode: 0, code: null, detail: '' })
    expect([...(await all.spool.files()).keys()].map((path) => basename(path)).sort()).toEqual([
      '%2E.%2F--odd.sql',
      'mysql.sql',
      'shop.sql',
    ])
    server.sql('CREATE DATABASE loaded')
    server.load('loaded', all.at('shop.sql'))
    expect(digest('loaded')).toBe(digest('shop'))
    const parts = (of: string) =>
      server.sql(`SELECT (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = '${of}'),
        (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = '${of}'),
        (SELECT COUNT(*) FROM information_schema.events WHERE event_schema = '${of}')`)
    expect(parts('loaded')).toBe('1\t1\t1\n')
  })

  test('are dumped the same where nothing changed, to the last byte', async () => {
    const one = { ...setting, database: 'shop' }
    using first = await dumped(one, MARIADB_PASSWORD)
    using second = await dumped(one, MARIADB_PASSWORD)
    expect(readFileSync(second.at('shop.sql')).equals(readFileSync(first.at('shop.sql')))).toBe(true)
  })

  test('are reached over TCP as well, by a password that no command line shows', async () => {
    const seen: string[] = []
    const look = setInterval(() => seen.push(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })), 5)
    using one = await dumped(
      { ...setting, host: '127.0.0.1', port: server.port, database: 'shop' },
      MARIADB_PASSWORD,
    )
    clearInterval(look)
    expect(one.done).toMatchObject({ exitCode: 0, code: null })
    expect(seen.join()).toContain('--defaults-file=')
    expect(seen.join()).not.toContain(MARIADB_PASSWORD)
  })

  test('with a wrong password leave nothing', async () => {
    using wrong = await dumped(setting, 'a wrong secret')
    expect(wrong.done).toMatchObject({ code: 'dump_failed', sizeBytes: 0 })
    expect(wrong.done.detail).toMatch(/Access denied/)
    expect(await wrong.spool.files()).toEqual(new Map())
  })

  test('whose dump dies in its middle leave nothing', async () => {
    // A view over what is gone: the dump has begun, and what it has written so far looks well.
    server.sql(
      'CREATE DATABASE torn; CREATE TABLE torn.a SELECT * FROM shop.orders; CREATE TABLE torn.b (n INT)',
    )
    server.sql('CREATE VIEW torn.z AS SELECT n FROM torn.b; DROP TABLE torn.b')
    using cut = await dumped({ ...setting, database: 'torn' }, MARIADB_PASSWORD)
    expect(cut.done).toMatchObject({ code: 'dump_failed', exitCode: expect.any(Number), sizeBytes: 0 })
    expect(cut.done.exitCode).not.toBe(0)
    expect(cut.done.detail).toMatch(/torn.*z|invalid table/)
    expect(await cut.spool.files()).toEqual(new Map())
  })

  test('that are not there say so', async () => {
    using none = await dumped({ ...setting, database: 'gone' }, MARIADB_PASSWORD)
    expect(none.done).toMatchObject({ code: 'dump_failed', detail: 'There is no database gone there.' })
  })
})

describe('SQLite', () => {
  test('is copied as of one moment while it is written, in WAL mode', async () => {
    using folder = makeFolder()
    const file = folder.at('shop.db')
    const writer = new DatabaseSync(file)
    writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE pairs (n INTEGER, half TEXT)')
    writer.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF')
    const write = writer.prepare('INSERT INTO pairs VALUES (?, ?)')
    const pair = (n: number) => {
      writer.exec('BEGIN')
      for (const half of ['left', 'right']) write.run(n, half)
      writer.exec('COMMIT')
    }
    for (let n = 0; n < 2_000; n += 1) pair(n)
    const dumping = dumped({ kind: 'sqlite', file })
    let written = 2_000
    let isDone = false
    void dumping.finally(() => {
      isDone = true
    })
    while (!isDone) {
      pair(written)
      written += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    using copy = await dumping
    writer.close()
    expect(copy.done).toMatchObject({ exitCode: 0, code: null })
    const seen = new DatabaseSync(copy.at('shop.db'), { readOnly: true })
    const count = (sql: string) => Number(Object.values(seen.prepare(sql).get() ?? {})[0])
    expect(count('SELECT count(DISTINCT n) FROM pairs')).toBeGreaterThanOrEqual(2_000)
    expect(count('SELECT count(*) FROM (SELECT n FROM pairs GROUP BY n HAVING count(*) <> 2)')).toBe(0)
    expect(Object.values(seen.prepare('PRAGMA integrity_check').get() ?? {})).toEqual(['ok'])
    seen.close()
  })

  test.each([
    ['that is gone', null],
    ['that is none', 'just a text, and longer than any head of a database would be'.repeat(20)],
  ])('%s leaves nothing', async (_, content) => {
    using folder = makeFolder()
    const file = folder.at('shop.db')
    if (content !== null) writeFileSync(file, content)
    using none = await dumped({ kind: 'sqlite', file })
    expect(none.done).toMatchObject({ code: 'dump_failed', sizeBytes: 0 })
    expect(none.done.detail).not.toBe('')
    expect(await none.spool.files()).toEqual(new Map())
    expect(existsSync(file)).toBe(content !== null)
  })
})

test('what an agent left behind that died is gone, and nobody else sees what lies there', async () => {
  using folder = makeFolder()
  const before = await Spool.open(folder.at('spool'), 'plan')
  writeFileSync(join(before.folder, 'left.partial'), 'secret')
  chmodSync(before.folder, 0o755)
  const spool = await Spool.open(folder.at('spool'), 'plan')
  expect(await spool.files()).toEqual(new Map())
  expect(execFileSync('stat', ['-c', '%a', spool.folder], { encoding: 'utf8' })).toBe('700\n')
})
