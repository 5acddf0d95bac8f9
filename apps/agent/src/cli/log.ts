import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { LogEntry } from '../state/log.ts'
import { State } from '../state/state.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { moment, printable } from './words.ts'

const MARKS: Record<LogEntry['level'], string> = { info: ' ', warn: '!', error: '✕' }
const LOOK_EVERY_MS = 500

/** The remote management log, kept at the site. */
export const log: CliCommand = async (args, settings) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      follow: { type: 'boolean', short: 'f' },
      lines: { type: 'string', short: 'n', default: '50' },
    },
  })
  const lines = Number(values.lines)
  if (!Number.isInteger(lines) || lines < 0) throw new UsageError('--lines takes a number.')
  const state = new State(settings.stateFolder)
  try {
    let seenThrough = new Date().toISOString()
    for (const entry of state.log.last(lines)) say(lineOf(entry))
    while (values.follow === true) {
      for (const entry of state.log.since(seenThrough)) {
        seenThrough = entry.lastAt
        say(lineOf(entry))
      }
      await pause(LOOK_EVERY_MS)
    }
    return EXIT.done
  } finally {
    state.close()
  }
}

export function lineOf({ at, lastAt, times, level, subject, code, text }: LogEntry): string {
  const again = times > 1 ? ` (${times} times, last ${moment(lastAt)})` : ''
  return printable(`${moment(at)} ${MARKS[level]} ${subject}: ${text}${code ? ` [${code}]` : ''}${again}`)
}
