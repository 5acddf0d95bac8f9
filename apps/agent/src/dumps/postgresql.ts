/**
 * PostgreSQL: a dump in the custom format for each database, as `pg_restore` reads it, and beside them, where all are
 * dumped, who may use them. `pg_dump` reads within one transaction, so each dump is of one moment. It is not compressed:
 * restic does that, and finds again what has not changed.
 *
 * Where and as whom stand in the environment, the password too: there, nobody else on the machine can read it, and no
 * name of a database is ever taken for a connection string.
 */

import { plainEnvironment } from '../offers/run-site-program.ts'
import type { DatabaseOffer, ServedSetting } from '../state/offers.ts'
import { askProgram } from './ask-program.ts'
import { requireProgram } from './dump-programs.ts'
import { asFileName, type Piece, printedBy } from './piece.ts'

const DATABASES = `SELECT datname, pg_database_size(oid) FROM pg_database
  WHERE datallowconn AND NOT datistemplate ORDER BY datname`
const CURRENT = 'SELECT current_database(), pg_database_size(current_database())'

/** @throws Failure `dump_failed` */
export async function postgresqlPieces(
  { password }: DatabaseOffer,
  setting: ServedSetting,
  signal: AbortSignal,
): Promise<Piece[]> {
  const { user, database } = setting
  const envFor = (name: string) => environment(setting, password, name)
  const answer = await askProgram({
    program: requireProgram('psql'),
    args: ['-X', '-A', '-t', '-0', '-w', '-F', '\t', '-c', database === null ? DATABASES : CURRENT],
    env: envFor(database ?? 'postgres'),
    user,
    signal,
  })
  const found = answer.split('\0').flatMap((row) => {
    const [, name, bytes] = /^\n?(.*)\t(\d+)\s*$/s.exec(row) ?? []
    return name === undefined ? [] : [{ name, bytes: Number(bytes) }]
  })
  const dump = requireProgram('pg_dump')
  const pieces = found.map(({ name, bytes }) => ({
    file: `${asFileName(name)}.dump`,
    bytesExpected: bytes,
    make: printedBy({
      program: dump,
      args: ['--format=custom', '--compress=0', '--no-password'],
      env: envFor(name),
      user,
    }),
  }))
  if (database !== null) return pieces
  const roles = {
    file: 'roles-and-tablespaces.sql',
    bytesExpected: null,
    make: printedBy({
      program: requireProgram('pg_dumpall'),
      args: ['--globals-only', '--no-password', '--database=postgres'],
      env: envFor('postgres'),
      user,
    }),
  }
  return [roles, ...pieces]
}

function environment(
  { host, port, login }: ServedSetting,
  password: string | null,
  database: string,
): NodeJS.ProcessEnv {
  return plainEnvironment({
    ...(host !== null && { PGHOST: host }),
    ...(port !== null && { PGPORT: String(port) }),
    ...(login !== null && { PGUSER: login }),
    ...(password !== null && { PGPASSWORD: password }),
    PGDATABASE: database,
    PGPASSFILE: process.platform === 'win32' ? 'NUL' : '/dev/null',
    PGCONNECT_TIMEOUT: '15',
    PGAPPNAME: 'holdfast-agent',
    PGCLIENTENCODING: 'UTF8',
  })
}
