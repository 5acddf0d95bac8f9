/** The program: one word, what it does, and how it ended. Each word's code is loaded only when it is asked for. */
import { explain } from '@holdfast/protocol'
import { Failure } from '../failure.ts'
import { readSettings, SettingsError } from '../settings.ts'
import { Cancelled, type CliCommand, EXIT, hint, UsageError } from './command.ts'
import { HELP } from './help.ts'
import { printable } from './words.ts'

const COMMANDS: Readonly<Record<string, () => Promise<CliCommand>>> = {
  join: async () => (await import('./join.ts')).join,
  run: async () => (await import('./run.ts')).run,
  status: async () => (await import('./status.ts')).status,
  doctor: async () => (await import('./doctor.ts')).doctor,
  log: async () => (await import('./log.ts')).log,
  repositories: async () => (await import('./repositories.ts')).repositories,
  snapshots: async () => (await import('./snapshots.ts')).snapshots,
  restore: async () => (await import('./restore.ts')).restore,
  recovery: async () => (await import('./recovery.ts')).recovery,
  databases: async () => (await import('./databases.ts')).databases,
  commands: async () => (await import('./programs.ts')).commands,
  hooks: async () => (await import('./programs.ts')).hooks,
  listen: async () => (await import('./listen.ts')).listen,
  proxy: async () => (await import('./proxy.ts')).proxy,
  policy: async () => (await import('./policy.ts')).policy,
  leave: async () => (await import('./leave.ts')).leave,
  version: async () => (await import('./version.ts')).version,
  help: async () => async () => {
    process.stdout.write(HELP)
    return EXIT.done
  },
}

const ALIASES: Readonly<Record<string, string>> = { '--help': 'help', '-h': 'help', '--version': 'version' }

/** Runs one command line (without node and script) and returns the exit code. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [word = 'help', ...args] = argv
  try {
    const load = COMMANDS[ALIASES[word] ?? word]
    if (load === undefined) throw new UsageError(`There is no "${word}".`)
    const command = await load()
    return await command(args, readSettings(env))
  } catch (error) {
    if (error instanceof Failure) {
      hint(explain(error.refusal).split('\n').map(printable).join('\n'))
      return error.code === 'agent_not_running' ? EXIT.notRunning : EXIT.failed
    }
    if (error instanceof UsageError || error instanceof SettingsError || isBadFlag(error)) {
      hint(`${printable(error.message)}\nSee "holdfast-agent help".`)
      return EXIT.usage
    }
    if (error instanceof Cancelled) {
      hint('Nothing was changed.')
      return EXIT.failed
    }
    throw error
  }
}

/** How `util.parseArgs` complains. */
function isBadFlag(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_')
}
