import { parseArgs } from 'node:util'
import { z } from 'zod'
import { askAgent } from '../daemon/control.ts'
import { Failure } from '../failure.ts'
import type { Portal } from '../state/portals.ts'
import { State } from '../state/state.ts'
import { confirm, isAtTerminal } from './ask.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { printable } from './words.ts'

/** Forgets a portal. Repositories and their keys stay, and so does the history of runs. */
export const leave: CliCommand = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { yes: { type: 'boolean' } },
    allowPositionals: true,
  })
  const state = new State(settings.stateFolder)
  try {
    const portal = choose(state.portals.all(), positionals)
    const title = printable(portal.displayName ?? portal.addresses.join(', '))
    if (values.yes !== true) {
      if (!isAtTerminal()) throw new UsageError('Add --yes to leave without being asked.')
      const isSure = await confirm(
        `Leave ${title} (${portal.name})? It can no longer see or manage this server.`,
        { initialValue: false },
      )
      if (!isSure) return EXIT.failed
    }
    state.portals.leave(portal.id)
    state.log.write({ level: 'info', subject: `link ${portal.name}`, code: null, text: `Left ${title}` })
    say(`Left ${title}. Backups and their keys stay: see "holdfast-agent repositories".`)
    await askAgent(settings.stateFolder, { ask: 'takeUpPortals' }, z.unknown()).catch(ignoreNotRunning)
    return EXIT.done
  } finally {
    state.close()
  }
}

function choose(all: readonly Portal[], [wanted, ...rest]: readonly string[]): Portal {
  if (rest.length > 0) throw new UsageError('Name one portal at a time.')
  const found = wanted === undefined ? all : all.filter(({ name }) => name === wanted.toLowerCase())
  const [only] = found
  if (only === undefined) {
    if (all.length === 0) throw new Failure({ code: 'not_joined' })
    throw new UsageError(`This server is not joined as "${wanted}".`)
  }
  if (found.length > 1) {
    const names = all.map(({ name, addresses }) => `${name} (${addresses.join(', ')})`).join('\n  ')
    throw new UsageError(`There are several portals. Name one:\n  ${names}`)
  }
  return only
}

function ignoreNotRunning(error: unknown): void {
  if (!(error instanceof Failure) || error.code !== 'agent_not_running') throw error
}
