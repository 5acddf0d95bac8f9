import { placeText, type RepositoryCredentials, takesCredentials } from '@holdfast/protocol'
import { sealHere } from '../repositories/credentials.ts'
import { sshPublicKey } from '../repositories/ssh.ts'
import type { Repository } from '../state/repositories.ts'
import { State } from '../state/state.ts'
import { askPassword, askWord } from './ask.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { tellRunningAgent } from './tell-running-agent.ts'
import { printable } from './words.ts'

const STATES: Record<Repository['state'], string> = {
  ready: 'ready',
  creating: 'being made',
  failed: 'could not be made',
}

const USAGE = `Write one of
  holdfast-agent repositories
  holdfast-agent repositories key NAME
  holdfast-agent repositories credentials NAME
  holdfast-agent repositories ssh-key`

/**
 * Lists repositories. `key NAME` prints one's key, so that plain restic opens it with the portal and us gone;
 * `credentials NAME` asks for the login of its storage, which then is on this machine alone; `ssh-key` prints what an
 * SFTP server has to let in.
 */
export const repositories: CliCommand = async (args, settings) => {
  const [verb, name, ...rest] = args
  const wantsName = verb === 'key' || verb === 'credentials'
  const isKnown = verb === undefined || verb === 'ssh-key' || wantsName
  if (!isKnown || rest.length > 0 || wantsName !== (name !== undefined)) throw new UsageError(USAGE)
  const state = new State(settings.stateFolder)
  try {
    const all = state.repositories.all()
    if (verb === 'ssh-key') say(await sshPublicKey(state.folder))
    else if (name === undefined) list(all)
    else if (verb === 'key') printKey(find(all, name))
    else await enterCredentials(find(all, name), state)
    return EXIT.done
  } finally {
    state.close()
  }
}

function list(all: readonly Repository[]): void {
  if (all.length === 0) say('No repositories yet. They are made from the console.')
  for (const { id, name, place, state, isReadOnly, credentialsAt } of all) {
    const whose = isReadOnly ? 'of another server, only to restore from' : STATES[state]
    say(`${printable(name)}\n  ${printable(placeText(place))}\n  ${whose}, id ${id}`)
    if (takesCredentials(place.kind) && !isReadOnly)
      say(credentialsAt === null ? '  no login entered' : `  login entered ${credentialsAt}`)
  }
}

function printKey({ name, place, key }: Repository): void {
  hint(`The key of ${printable(name)}. Whoever has it can read every backup in it.`)
  hint(`  RESTIC_REPOSITORY=${printable(placeText(place))}  restic snapshots   (restic asks for the key)`)
  say(key)
}

async function enterCredentials(
  { id, name, place, portalId, isReadOnly, state: made }: Repository,
  state: State,
) {
  if (isReadOnly) throw new UsageError(`${printable(name)} belongs to another server.`)
  if (!takesCredentials(place.kind))
    throw new UsageError(`${printable(name)} needs no login: it is at ${printable(placeText(place))}.`)
  const sealed = await sealHere(place, await askCredentials(place.kind), state)
  const credentialsAt = new Date().toISOString()
  state.transact(() => {
    state.repositories.setCredentials(id, sealed, credentialsAt)
    if (portalId !== null && made === 'ready')
      state.outbox.add(portalId, {
        ...{ type: 'repositoryChanged', repositoryId: id, state: made, code: null, detail: '' },
        credentialsAt,
      })
  })
  await tellRunningAgent(state.folder)
  say(`The login for ${printable(name)} is set. It stays on this machine.`)
}

/** Piped in, each is a line. */
async function askCredentials(kind: RepositoryCredentials['kind']): Promise<RepositoryCredentials> {
  if (kind === 's3')
    return {
      kind,
      accessKeyId: await askWord('Access key id'),
      secretAccessKey: await askPassword('Secret access key'),
    }
  if (kind === 'rest') return { kind, user: await askWord('User'), password: await askPassword('Password') }
  return { kind, password: await askPassword('Password') }
}

function find(all: readonly Repository[], wanted: string): Repository {
  const found = all.filter(({ id, name }) => id === wanted || name === wanted)
  const [only] = found
  if (only === undefined) throw new UsageError(`There is no repository called "${wanted}".`)
  if (found.length > 1) throw new UsageError(`Several are called "${wanted}": name one by its id.`)
  return only
}
