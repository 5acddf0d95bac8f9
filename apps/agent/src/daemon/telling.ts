/**
 * Where the agent says what it does: in the remote management log of the state file, and on its standard output (one
 * calm line for a person at a terminal, JSON for a service manager).
 */
import { printable } from '../cli/words.ts'
import type { LogLevel } from '../settings.ts'
import type { LogNews } from '../state/log.ts'
import type { State } from '../state/state.ts'

export type Tell = (news: LogNews) => void

/** JSON is written by hand: it is one line of code, and a logging library costs an idle agent 3 MiB. */
export function makeOutput(level: LogLevel, isForPerson: boolean): Tell {
  const format = isForPerson ? line : json
  return (news) => {
    if (RANK[news.level] <= RANK[level]) process.stdout.write(`${format(news)}\n`)
  }
}

const RANK: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 }
const MARKS: Record<LogNews['level'], string> = { info: ' ', warn: '!', error: '✕' }

function line({ level, subject, code, text }: LogNews): string {
  const time = new Date().toTimeString().slice(0, 8)
  return printable(`${time} ${MARKS[level]} ${subject}: ${text}${code ? ` [${code}]` : ''}`)
}

function json({ level, subject, code, text }: LogNews): string {
  return JSON.stringify({ time: new Date().toISOString(), level, subject, ...(code && { code }), text })
}

/** A log that cannot be written is no reason to stop working. */
export function tellBoth(state: State, output: Tell): Tell {
  return (news) => {
    output(news)
    try {
      state.log.write(news)
    } catch (error) {
      output({ level: 'error', subject: 'agent', code: 'state_unwritable', text: String(error) })
    }
  }
}
