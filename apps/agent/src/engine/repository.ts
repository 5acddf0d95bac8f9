/**
 * A repository as restic sees it, and how its secrets reach restic: through the environment of that one process,
 * which only its own user and root can read. Never through the command line, which everybody can.
 */
import { isAbsolute } from 'node:path'

export type Repository = {
  /** The absolute path of a folder, or one of restic's own addresses (`rest:https://user:password@host/`, …). */
  readonly location: string
  readonly password: string
}

export function repositoryEnvironment(repository: Repository): NodeJS.ProcessEnv {
  return { RESTIC_REPOSITORY: repository.location, RESTIC_PASSWORD: repository.password }
}

/** The folder that the repository is; null if it is reached in another way. */
export function folderOf(repository: Repository): string | null {
  return isAbsolute(repository.location) ? repository.location : null
}

/** Takes the repository's secrets out of a text: its password, and credentials in any address. */
export function withoutSecrets(text: string, repository: Repository): string {
  const open = repository.password ? text.replaceAll(repository.password, '***') : text
  return open.replace(/:\/\/[^/\s@]*@/g, '://***@')
}
