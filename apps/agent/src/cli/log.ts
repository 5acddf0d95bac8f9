import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { LogEntry, LogFilter, ManagementLog } from '../state/log.ts'
import { State } from '../state/state.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { readMoment } from './read-moment.ts'
import { moment, printable } from './words.ts'

const MARKS: Record<LogEntry['level'], string> = { info: ' ', warn: '!', error: '✕' }
const LOOK_EVERY_MS = 500

type Print = (entry: LogEntry) => void

type Following = {
  /** Of what was before. */
  readonly lines: number
  readonly filter: LogFilter
  readonly print: Print
  readonly isRead: () => boolean
}

/** The remote management log, kept at the site. */
export const log: CliCommand = async (args, settings) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      follow: { type: 'boolean', short: 'f' },
      lines: { type: 'string', short: 'n', default: '50' },
      level: { type: 'string' },
      since: { type: 'string' },
      text: { type: 'string' },
      json: { type: 'boolean' },
    },
  })
  const lines = Number(values.lines)
  if (!Number.isInteger(lines) || lines < 0) throw new UsageError('--lines takes a number.')
  const filter: LogFilter = {
    level: readLevel(values.level),
    since: values.since === undefined ? undefined : readMoment('--since', values.since, Date.now()),
    text: values.text,
  }
  const print: Print = values.json ? (entry) => say(JSON.stringify(entry)) : (entry) => say(lineOf(entry))
  // Whoever reads it may have seen enough: "log -f | head".
  let isRead = true
  process.stdout.on('error', () => {
    isRead = false
  })
  const state = new State(settings.stateFolder)
  try {
    if (values.follow) await follow(state.log, { lines, filter, print, isRead: () => isRead })
    else for (const entry of state.log.last(lines, filter)) print(entry)
    return EXIT.done
  } finally {
    state.close()
  }
}

/** Goes on until whoever reads it has gone. A line that happens again is printed again, with its count. */
async function follow(log: ManagementLog, { lines, filter, print, isRead }: Following): Promise<void> {
  const before = log.last(Number.MAX_SAFE_INTEGER, filter)
  for (const entry of before.slice(Math.max(0, before.length - lines))) print(entry)
  let from = before.reduce((newest, { lastAt }) => (lastAt > newest ? lastAt : newest), '')
  // Several things happen in one millisecond: what was seen of the last one is known by its count.
  let seen = timesOf(before)
  while (isRead()) {
    const found = log.since(from, filter)
    for (const entry of found) if ((seen.get(entry.id) ?? 0) < entry.times) print(entry)
    from = found.at(-1)?.lastAt ?? from
    seen = timesOf(found)
    await pause(LOOK_EVERY_MS)
  }
}

function timesOf(entries: readonly LogEntry[]): Map<number, number> {
  return new Map(entries.map(({ id, times }) => [id, times]))
}

function readLevel(word: string | undefined): LogFilter['level'] {
  if (word === undefined || word === 'info' || word === 'warn' || word === 'error') return word
  throw new UsageError('--level is info, warn or error.')
}

export function lineOf({ at, lastAt, times, level, subject, code, text }: LogEntry): string {
  const again = times > 1 ? ` (${times} times, last ${moment(lastAt)})` : ''
  return printable(`${moment(at)} ${MARKS[level]} ${subject}: ${text}${code ? ` [${code}]` : ''}${again}`)
}
