/**
 * MySQL and MariaDB: a file of SQL for each database, with its routines, events and triggers, read within one
 * transaction. (Tables of engines without transactions, such as MyISAM, are copied as they are at that moment.)
 *
 * Where, as whom and by which password stand in a file that only the program's own user can read, for as long as it runs.
 */
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { idsOf, plainEnvironment } from '../offers/run-site-program.ts'
import type { DatabaseOffer, ServedSetting } from '../state/offers.ts'
import { askProgram } from './ask-program.ts'
import { requireProgram } from './dump-programs.ts'
import { asFileName, type Piece, printedBy } from './piece.ts'

const SIZES = `SELECT HEX(s.schema_name), COALESCE(SUM(t.data_length), 0)
  FROM information_schema.schemata s LEFT JOIN information_schema.tables t ON t.table_schema = s.schema_name
  WHERE s.schema_name NOT IN ('information_schema', 'performance_schema', 'sys') GROUP BY s.schema_name`

const DUMP_ARGS = [
  '--single-transaction',
  '--quick',
  '--routines',
  '--events',
  '--triggers',
  '--hex-blob',
  '--skip-dump-date',
  '--default-character-set=utf8mb4',
]

/** @throws Failure `dump_failed` */
export async function mysqlPieces(
  { password }: DatabaseOffer,
  setting: ServedSetting,
  signal: AbortSignal,
): Promise<Piece[]> {
  const { user, database } = setting
  const text = optionFile(setting, password)
  const answer = await withOptions(text, user, (option) =>
    askProgram({
      program: requireProgram('mariadb', 'mysql'),
      args: [option, '--batch', '--skip-column-names', '--connect-timeout=15', '--execute', SIZES],
      env: plainEnvironment(),
      user,
      signal,
    }),
  )
  const there = answer.split('\n').flatMap((row) => {
    const [, name, bytes] = /^([0-9A-F]+)\t(\d+)$/.exec(row.trim()) ?? []
    return name === undefined
      ? []
      : [{ name: Buffer.from(name, 'hex').toString('utf8'), bytes: Number(bytes) }]
  })
  const wanted = database === null ? there : there.filter(({ name }) => name === database)
  if (wanted.length === 0)
    throw new Failure({ code: 'dump_failed', detail: `There is no database ${database ?? 'at all'} there.` })
  const program = requireProgram('mariadb-dump', 'mysqldump')
  return wanted.map(({ name, bytes }) => ({
    file: `${asFileName(name)}.sql`,
    bytesExpected: bytes,
    make: (path, stop) =>
      withOptions(text, user, (option) =>
        printedBy({ program, args: [option, ...DUMP_ARGS, '--', name], env: plainEnvironment(), user })(
          path,
          stop,
        ),
      ),
  }))
}

async function withOptions<T>(
  text: string,
  user: string | null,
  work: (option: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mysql-'))
  try {
    const file = join(folder, 'client.cnf')
    await writeFile(file, text, { mode: 0o600 })
    if (user !== null) {
      const { uid, gid } = await idsOf(user)
      for (const path of [file, folder]) await chown(path, uid, gid)
    }
    return await work(`--defaults-file=${file}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function optionFile({ host, port, login }: ServedSetting, password: string | null): string {
  const isSocket = host?.startsWith('/') ?? false
  return [
    '[client]',
    ...(host === null ? [] : [isSocket ? `socket=${quoted(host)}` : `host=${quoted(host)}`]),
    ...(host === null || isSocket ? ['protocol=socket'] : ['protocol=tcp']),
    ...(port === null ? [] : [`port=${port}`]),
    ...(login === null ? [] : [`user=${quoted(login)}`]),
    ...(password === null ? [] : [`password=${quoted(password)}`]),
    '',
  ].join('\n')
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t')}"`
}
