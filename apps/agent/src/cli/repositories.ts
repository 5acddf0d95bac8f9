import { placeText } from '@holdfast/protocol'
import type { Repository } from '../state/repositories.ts'
import { State } from '../state/state.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { printable } from './words.ts'

const STATES: Record<Repository['state'], string> = {
  ready: 'ready',
  creating: 'being made',
  failed: 'could not be made',
}

/** Lists repositories; `key NAME` prints one's key, so that plain restic opens it with the portal and us gone. */
export const repositories: CliCommand = async (args, settings) => {
  const [verb, name, ...rest] = args
  if (verb !== undefined && (verb !== 'key' || name === undefined || rest.length > 0))
    throw new UsageError('Write "holdfast-agent repositories" or "holdfast-agent repositories key NAME".')
  const state = new State(settings.stateFolder)
  try {
    const all = state.repositories.all()
    return name === undefined ? list(all) : printKey(all, name)
  } finally {
    state.close()
  }
}

function list(all: readonly Repository[]): number {
  if (all.length === 0) say('No repositories yet. They are made from the console.')
  for (const { id, name, place, state, isReadOnly } of all) {
    const whose = isReadOnly ? 'of another server, only to restore from' : STATES[state]
    say(`${printable(name)}\n  ${printable(placeText(place))}\n  ${whose}, id ${id}`)
  }
  return EXIT.done
}

function printKey(all: readonly Repository[], wanted: string): number {
  const found = all.filter(({ id, name }) => id === wanted || name === wanted)
  const [only] = found
  if (only === undefined) throw new UsageError(`There is no repository called "${wanted}".`)
  if (found.length > 1) throw new UsageError(`Several are called "${wanted}": name one by its id.`)
  hint(`The key of ${printable(only.name)}. Whoever has it can read every backup in it.`)
  hint(
    `  RESTIC_REPOSITORY=${printable(placeText(only.place))}  restic snapshots   (restic asks for the key)`,
  )
  say(only.key)
  return EXIT.done
}
