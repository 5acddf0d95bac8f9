import { parseArgs } from 'node:util'
import { State } from '../state/state.ts'
import { confirm, isAtTerminal } from './ask.ts'
import { choosePortal, titleOf } from './choose-portal.ts'
import { type CliCommand, EXIT, say, UsageError } from './command.ts'
import { tellRunningAgent } from './tell-running-agent.ts'

/** Forgets a portal. Repositories and their keys stay, and so does the history of runs. */
export const leave: CliCommand = async (args, settings) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { yes: { type: 'boolean' } },
    allowPositionals: true,
  })
  const state = new State(settings.stateFolder)
  try {
    if (positionals.length > 1) throw new UsageError('Name one portal at a time.')
    const portal = choosePortal(state.portals.all(), positionals[0])
    const title = titleOf(portal)
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
    await tellRunningAgent(settings.stateFolder)
    return EXIT.done
  } finally {
    state.close()
  }
}
