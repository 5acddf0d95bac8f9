/** A real PostgreSQL server for tests, on a socket and a port of its own, as an ordinary user: it refuses to run as root. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireProgram } from '../dump-programs.ts'
import { freePort } from './free-port.ts'

export const POSTGRES_PASSWORD = `it's "quoted" \\ and long`

const NOBODY = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0

export type TestPostgresql = AsyncDisposable & {
  readonly socket: string
  readonly port: number
  readonly login: string
  sql(database: string, statement: string): string
  /** The programs beside the server, as a person would run them. */
  run(program: string, args: readonly string[], database: string): string
  stop(): Promise<void>
}

export async function startPostgresql(folder: string): Promise<TestPostgresql> {
  const as = isRoot ? NOBODY : {}
  const data = join(folder, 'postgresql')
  const passwordFile = join(folder, 'postgresql-password')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(passwordFile, `${POSTGRES_PASSWORD}\n`)
  if (isRoot) for (const path of [data, passwordFile]) chownSync(path, NOBODY.uid, NOBODY.gid)
  chmodSync(folder, 0o755)
  const login = 'keeper'
  const options = ['-D', data, '-U', login, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync']
  execFileSync(requireProgram('initdb'), [...options, '--encoding=UTF8', '--locale=C.UTF-8'], {
    ...as,
    cwd: '/',
    stdio: 'ignore',
  })
  const port = await freePort()
  const server = spawn(
    requireProgram('postgres'),
    ['-D', data, '-k', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    { ...as, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] },
  )
  await new Promise<void>((resolve, reject) => {
    let said = ''
    server.stderr.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes('ready to accept connections')) resolve()
    })
    server.once('exit', () => reject(new Error(said)))
  })
  const env = { PATH: process.env.PATH, PGHOST: data, PGPORT: String(port), PGUSER: login }
  const run = (program: string, args: readonly string[], database: string) =>
    execFileSync(requireProgram(program), args, {
      env: { ...env, PGPASSWORD: POSTGRES_PASSWORD, PGDATABASE: database },
      encoding: 'utf8',
      maxBuffer: 64 * 1024 ** 2,
    })
  const stop = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return
    server.kill('SIGINT')
    await once(server, 'exit')
  }
  return {
    ...{ socket: data, port, login, run, stop },
    sql: (database, statement) =>
      run('psql', ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', statement], database),
    [Symbol.asyncDispose]: stop,
  }
}
