/** A real MariaDB server for tests, on a socket and a port of its own, as an ordinary user. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from '../dump-programs.ts'
import { freePort } from './free-port.ts'

export const MARIADB_PASSWORD = `it's "quoted" \\ # and long`

const NOBODY = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0

export type TestMariadb = {
  readonly socket: string
  readonly port: number
  readonly login: string
  sql(statement: string): string
  load(database: string, file: string): void
  stop(): Promise<void>
}

export async function startMariadb(folder: string): Promise<TestMariadb> {
  const as = isRoot ? NOBODY : {}
  const data = join(folder, 'mariadb')
  const socket = join(data, 'socket')
  mkdirSync(data, { mode: 0o755 })
  if (isRoot) chownSync(data, NOBODY.uid, NOBODY.gid)
  chmodSync(folder, 0o755)
  execFileSync(
    requireProgram('mariadb-install-db'),
    ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { ...as, cwd: '/', stdio: 'ignore' },
  )
  const port = await freePort()
  const server = spawn(
    findServer(),
    [
      ...['--no-defaults', `--datadir=${data}`, `--socket=${socket}`, `--port=${port}`],
      ...['--bind-address=127.0.0.1', '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin'],
    ],
    { ...as, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await new Promise<void>((resolve, reject) => {
    let said = ''
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('ready for connections')) resolve()
    })
    server.once('exit', () => reject(new Error(said)))
  })
  const login = 'keeper'
  const client = (args: readonly string[], password: string, input: string | number) =>
    execFileSync(
      requireProgram('mariadb'),
      ['--no-defaults', `--socket=${socket}`, '--batch', '-N', ...args],
      {
        ...(typeof input === 'string' ? { input } : { stdio: [input, 'pipe', 'pipe'] as const }),
        env: { PATH: process.env.PATH, MYSQL_PWD: password },
        encoding: 'utf8',
        maxBuffer: 64 * 1024 ** 2,
      },
    ) as string
  const secret = MARIADB_PASSWORD.replace(/[\\']/g, '\\$&')
  client(
    ['-u', 'root'],
    '',
    `CREATE USER keeper@'%' IDENTIFIED BY '${secret}'; GRANT ALL ON *.* TO keeper@'%' WITH GRANT OPTION`,
  )
  return {
    ...{ socket, port, login },
    sql: (statement) => client(['-u', login], MARIADB_PASSWORD, statement),
    load: (database, file) => void client(['-u', login, database], MARIADB_PASSWORD, openSync(file, 'r')),
    stop: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return
      server.kill('SIGTERM')
      await once(server, 'exit')
    },
  }
}

/** Where distributions keep what only the system starts. */
function findServer(): string {
  return process.env.HOLDFAST_MARIADBD ?? '/usr/sbin/mariadbd'
}
