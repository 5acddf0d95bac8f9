import type { Settings } from '../settings.ts'

/** One word after `holdfast-agent`. Resolves with the exit code; fails with a `Failure` or a `UsageError`. */
export type CliCommand = (args: readonly string[], settings: Settings) => Promise<number>

export const EXIT = {
  done: 0,
  /** It could not be done; the reason was printed with its code. */
  failed: 1,
  /** The words on the command line (or a setting) make no sense. */
  usage: 2,
  notRunning: 3,
  /** The agent runs, but at least one of its links is not up. */
  notLinked: 4,
} as const

export class UsageError extends Error {}

/** The person pressed Ctrl-C or Esc at a question. */
export class Cancelled extends Error {}

/** Prints for a person; what is worth piping goes through here as well. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** Beside the answer: questions, hints, what is going on. */
export function hint(text: string): void {
  process.stderr.write(`${text}\n`)
}
