import type { Settings } from '../settings.ts'

/** One word after `holdfast-vault`. Resolves with the exit code. */
export type CliCommand = (args: readonly string[], settings: Settings) => Promise<number>

export const EXIT = {
  done: 0,
  /** It could not be done, or something is wrong with what lies in the vault; the reason was printed. */
  failed: 1,
  /** The words on the command line (or a setting) make no sense. */
  usage: 2,
} as const

export class UsageError extends Error {}

/** The answer: what is worth piping. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`)
}

/** Beside the answer. */
export function hint(text: string): void {
  process.stderr.write(`${text}\n`)
}
