/**
 * What opens the places of repositories lies in the state file as it was sealed, by a person here or by a browser, to this
 * agent's own age key, and is opened only for the moment in which restic is started.
 *
 * What that protects: the portal, its database and whoever listens never had it; and it stands in no log, no dump of a
 * table, no copy of a single row. What it does not protect: the agent's key lies in the same state file, so whoever reads
 * that file as root, or has a backup of it, has it all, as he has the keys of the repositories. It must be so: runs begin
 * at night, when nobody is there to type a password.
 */
import {
  credentialsFor,
  credentialsText,
  type RepositoryCredentials,
  type RepositoryPlace,
} from '@holdfast/protocol'
import { SealingError, seal, unseal } from '@holdfast/protocol/sealing'
import { Failure } from '../failure.ts'
import type { Repository } from '../state/repositories.ts'
import type { State } from '../state/state.ts'

/** Null where none were given. Fails with `storage_login_missing` when they are for another place, or not for us. */
export async function credentialsOf(
  { place, credentials }: Pick<Repository, 'place' | 'credentials'>,
  state: State,
): Promise<RepositoryCredentials | null> {
  if (credentials === null) return null
  const { identity } = await state.identity.ageKeys()
  const opened = await unseal(credentials, identity).catch((error: unknown) => {
    if (error instanceof SealingError) throw unusable('it was not sealed to this agent')
    throw error
  })
  const found = credentialsFor(place, opened)
  if (found === null) throw unusable('it was entered for another place')
  return found
}

/** As `credentialsOf`, for a kind that cannot do without. */
export async function requiredCredentials<K extends RepositoryCredentials['kind']>(
  kind: K,
  repository: Pick<Repository, 'place' | 'credentials'>,
  state: State,
): Promise<Extract<RepositoryCredentials, { kind: K }>> {
  const found = await credentialsOf(repository, state)
  if (found === null) throw new Failure({ code: 'storage_login_missing' })
  if (found.kind !== kind) throw unusable('it is for another kind of storage')
  return found as Extract<RepositoryCredentials, { kind: K }>
}

export async function sealHere(
  place: RepositoryPlace,
  credentials: RepositoryCredentials,
  state: State,
): Promise<string> {
  const { recipient } = await state.identity.ageKeys()
  return seal(credentialsText(place, credentials), [recipient])
}

function unusable(detail: string): Failure {
  return new Failure({ code: 'storage_login_missing', detail })
}
