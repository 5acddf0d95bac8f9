import { isAbsolute } from 'node:path'
import { parseArgs } from 'node:util'
import { LIMITS, offerName } from '@holdfast/protocol'
import { findProgram, isProgram } from '../find-program.ts'
import type { ProgramOffer } from '../state/offers.ts'
import { State } from '../state/state.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { tellRunningAgent } from './tell-running-agent.ts'
import { printable, whoIsHere } from './words.ts'

/**
 * The lists of programs that plans may name: commands, whose output is backed up, and hooks, which run before and after.
 * This is the one place where they are written. A portal sees the names.
 */
const WORDS = {
  command: { word: 'commands', what: 'back up what it prints' },
  hook: { word: 'hooks', what: 'run it before or after backups' },
} as const

export const commands: CliCommand = (args, settings) => programs('command', args, settings)
export const hooks: CliCommand = (args, settings) => programs('hook', args, settings)

async function programs(
  kind: keyof typeof WORDS,
  args: readonly string[],
  settings: Parameters<CliCommand>[1],
): Promise<number> {
  const { word, what } = WORDS[kind]
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { as: { type: 'string' } },
    allowPositionals: true,
  })
  const [verb, name, ...line] = positionals
  const state = new State(settings.stateFolder)
  try {
    if (verb === undefined) return list(word, state.offers.programs(kind))
    if (name === undefined || (verb !== 'allow' && verb !== 'deny'))
      throw new UsageError(
        `Write "holdfast-agent ${word} allow NAME -- PROGRAM ARGS…" or "${word} deny NAME".`,
      )
    const text =
      verb === 'allow' ? allow(state, kind, name, line, values.as ?? null, what) : deny(state, kind, name)
    state.log.write({ level: 'info', subject: word, code: null, text: `${text} Set here by ${whoIsHere()}.` })
    const isRunning = await tellRunningAgent(settings.stateFolder)
    say(`${text} ${isRunning ? 'Portals are told now.' : 'Portals are told when the agent runs.'}`)
    return EXIT.done
  } finally {
    state.close()
  }
}

function allow(
  state: State,
  kind: keyof typeof WORDS,
  name: string,
  [program, ...args]: readonly string[],
  user: string | null,
  what: string,
): string {
  if (!offerName.safeParse(name).success)
    throw new UsageError('A name has letters, digits, dots, dashes and underscores, and up to 64 of them.')
  if (program === undefined) throw new UsageError('Say which program, after "--".')
  if (user !== null && process.getuid?.() !== 0)
    throw new UsageError('Only an agent of root can run programs as somebody else.')
  const setting = { program: wholePath(program), args, user }
  if (!state.offers.put(kind, name, setting, null))
    throw new UsageError(`There are ${LIMITS.offersMax} already: take one away first.`)
  return `Plans may ${what}: ${name} is ${lineOf({ name, setting })}.`
}

function deny(state: State, kind: keyof typeof WORDS, name: string): string {
  if (!state.offers.remove(kind, name)) throw new UsageError(`There is no ${kind} "${name}".`)
  return `Plans may name ${name} no more.`
}

/** Found once, now, by the person who allows it: later it is that file and no other. */
function wholePath(program: string): string {
  const isName = !/[\\/]/.test(program)
  const path = isName ? findProgram([program]) : isAbsolute(program) && isProgram(program) ? program : null
  if (path !== null) return path
  throw new UsageError(`There is no program ${printable(program)}. Give its whole path.`)
}

function list(word: string, all: readonly ProgramOffer[]): number {
  if (all.length === 0)
    say(`Plans may name no ${word}. To allow one: holdfast-agent ${word} allow NAME -- PROGRAM ARGS…`)
  for (const offer of all) say(`${offer.name}\n  ${lineOf(offer)}`)
  return EXIT.done
}

function lineOf({ setting: { program, args, user } }: ProgramOffer): string {
  const line = [program, ...args].map((part) => (/^[\w./=:@%+-]+$/.test(part) ? part : JSON.stringify(part)))
  return `${printable(line.join(' '))}${user === null ? '' : `, as ${printable(user)}`}`
}
