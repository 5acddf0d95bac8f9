import { statSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { parseArgs } from 'node:util'
import { LIMITS, offerName } from '@holdfast/protocol'
import { dump, ofDatabase } from '../dumps/dump.ts'
import { Spool } from '../dumps/spool.ts'
import { spoolFolder } from '../runs/around-backup.ts'
import type { Settings } from '../settings.ts'
import type { DatabaseOffer, DatabaseSetting } from '../state/offers.ts'
import { State } from '../state/state.ts'
import { askPassword } from './ask.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { tellRunningAgent } from './tell-running-agent.ts'
import { printable, whoIsHere } from './words.ts'

/** The databases that plans may name, and by what the agent gets into them. Passwords stay here, and are asked for. */
export const databases: CliCommand = async (args, settings) => {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  const [verb, name, ...rest] = positionals
  const state = new State(settings.stateFolder)
  try {
    if (verb === undefined) return list(state.offers.databases())
    if (name === undefined || rest.length > 0) throw new UsageError(USAGE)
    if (verb === 'try') return await tryOut(state, settings, name)
    if (verb !== 'add' && verb !== 'remove') throw new UsageError(USAGE)
    const text = verb === 'add' ? await add(state, name, values) : remove(state, name)
    state.log.write({
      level: 'info',
      subject: 'databases',
      code: null,
      text: `${text} Set here by ${whoIsHere()}.`,
    })
    const isRunning = await tellRunningAgent(settings.stateFolder)
    say(`${text} ${isRunning ? 'Portals are told now.' : 'Portals are told when the agent runs.'}`)
    if (verb === 'add') hint(`To see whether it can be dumped: holdfast-agent databases try ${name}`)
    return EXIT.done
  } finally {
    state.close()
  }
}

const OPTIONS = {
  postgresql: { type: 'boolean' },
  mysql: { type: 'boolean' },
  sqlite: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  user: { type: 'string' },
  password: { type: 'boolean' },
  database: { type: 'string' },
  as: { type: 'string' },
} as const
type Given = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

const USAGE =
  'Write "holdfast-agent databases add NAME --postgresql|--mysql|--sqlite FILE", "remove NAME" or "try NAME".'

async function add(state: State, name: string, given: Given): Promise<string> {
  if (!offerName.safeParse(name).success)
    throw new UsageError('A name has letters, digits, dots, dashes and underscores, and up to 64 of them.')
  const setting = settingOf(given)
  const password = given.password
    ? await askPassword(`Password of ${given.user ?? 'the database user'}`)
    : null
  if (!state.offers.put('database', name, setting, password))
    throw new UsageError(`There are ${LIMITS.offersMax} already: take one away first.`)
  return `Plans may back up ${name}: ${inWords(setting)}.`
}

function settingOf(given: Given): DatabaseSetting {
  const { postgresql, mysql, sqlite } = given
  const kinds = [postgresql, mysql, sqlite].filter((each) => each !== undefined)
  if (kinds.length !== 1)
    throw new UsageError('Say which kind: "--postgresql", "--mysql" or "--sqlite FILE".')
  if (sqlite !== undefined) {
    const others = Object.keys(given).filter((key) => key !== 'sqlite')
    if (others.length > 0) throw new UsageError(`A file has no "--${others[0]}".`)
    if (!isAbsolute(sqlite) || !statSync(sqlite, { throwIfNoEntry: false })?.isFile())
      throw new UsageError(`There is no file ${printable(sqlite)}. Give its whole path.`)
    return { kind: 'sqlite', file: sqlite }
  }
  if (given.as !== undefined && process.getuid?.() !== 0)
    throw new UsageError('Only an agent of root can run programs as somebody else.')
  const port = given.port === undefined ? null : Number(given.port)
  if (port !== null && !(Number.isInteger(port) && port >= 1 && port <= 65_535))
    throw new UsageError('A port is a number from 1 to 65535.')
  return {
    kind: postgresql ? 'postgresql' : 'mysql',
    host: given.host ?? null,
    port,
    login: given.user ?? null,
    database: given.database ?? null,
    user: given.as ?? null,
  }
}

function remove(state: State, name: string): string {
  if (!state.offers.remove('database', name))
    throw new UsageError(`There is no database "${printable(name)}".`)
  return `Plans may name the database ${name} no more.`
}

/** Dumps it as a run would, and throws the dump away. */
async function tryOut(state: State, settings: Settings, name: string): Promise<number> {
  const offer = state.offers.databases().find((each) => each.name === name)
  if (offer === undefined) throw new UsageError(`There is no database "${printable(name)}".`)
  await using spool = await Spool.open(spoolFolder(settings), 'tried-by-hand')
  const done = await dump(ofDatabase(offer), spool, new AbortController().signal)
  if (done.code !== null) {
    hint(`It could not be dumped: ${printable(done.detail)}`)
    return EXIT.failed
  }
  const files = [...(await spool.files()).keys()].map((path) => path.split('/').at(-1))
  say(`It can be dumped: ${done.sizeBytes} bytes in ${done.durationMs} ms (${printable(files.join(', '))}).`)
  return EXIT.done
}

function list(all: readonly DatabaseOffer[]): number {
  if (all.length === 0) say('Plans may name no databases. To add one, see "holdfast-agent help".')
  for (const { name, setting } of all) say(`${name}\n  ${printable(inWords(setting))}`)
  return EXIT.done
}

function inWords(setting: DatabaseSetting): string {
  if (setting.kind === 'sqlite') return `SQLite, ${setting.file}`
  const { kind, database, host, port, login, user } = setting
  return [
    kind === 'postgresql' ? 'PostgreSQL' : 'MySQL or MariaDB',
    database === null ? 'all databases' : `database ${database}`,
    ...(host === null ? [] : [`at ${host}`]),
    ...(port === null ? [] : [`port ${port}`]),
    ...(login === null ? [] : [`as ${login}`]),
    ...(user === null ? [] : [`by the system's user ${user}`]),
  ].join(', ')
}
