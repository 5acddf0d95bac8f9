/** The program: one word, what it does, and how it ended. Each word's code is loaded only when it is asked for. */
import { readSettings, SettingsError } from '../settings.ts'
import { codeOf } from '../storage/durable.ts'
import { type CliCommand, EXIT, hint, UsageError } from './command.ts'
import { HELP } from './help.ts'

const COMMANDS: Readonly<Record<string, () => Promise<CliCommand>>> = {
  serve: async () => (await import('./serve.ts')).serve,
  key: async () => (await import('./key.ts')).key,
  token: async () => (await import('./token.ts')).token,
  trash: async () => (await import('./trash.ts')).trash,
  customer: async () => (await import('./customer.ts')).customer,
  usage: async () => (await import('./usage.ts')).usage,
  second: async () => (await import('./second.ts')).second,
  verify: async () => (await import('./verify.ts')).verify,
  help: async () => async () => {
    process.stdout.write(HELP)
    return EXIT.done
  },
}

const ALIASES: Readonly<Record<string, string>> = { '--help': 'help', '-h': 'help' }

/** Runs one command line (without node and script) and returns the exit code. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [word = 'help', ...args] = argv
  try {
    const name = ALIASES[word] ?? word
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (load === undefined) throw new UsageError(`There is no "${word}".`)
    const command = await load()
    return await command(args, readSettings(env))
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const isWrongUse =
      error instanceof UsageError ||
      error instanceof SettingsError ||
      String(codeOf(error)).startsWith('ERR_PARSE_ARGS_')
    hint(isWrongUse ? `${error.message}\nSee "holdfast-vault help".` : error.message)
    return isWrongUse ? EXIT.usage : EXIT.failed
  }
}
