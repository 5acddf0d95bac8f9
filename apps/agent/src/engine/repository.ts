/**
 * A repository as restic sees it, and how its secrets reach restic: through the environment of that one process,
 * which only its own user and root can read. Never through the command line, which everybody can.
 */
import { isAbsolute } from 'node:path'
import type { EngineError } from './errors.ts'

export type Repository = {
  /** The absolute path of a folder, or one of restic's own addresses (`rest:https://user:password@host/`, …). */
  readonly location: string
  readonly password: string
  /** What restic, and what it starts, has to find besides: credentials of a storage, for example. */
  readonly environment?: Readonly<Record<string, string>>
  /** Before the command, on every call: `--cacert`, `-o …`. Everybody can read them, so nothing secret may be here. */
  readonly options?: readonly string[]
  /** Never to be seen in anything that restic says, besides the password. */
  readonly secrets?: readonly string[]
  /** Asks the storage itself where restic's words may not say what is wrong; fails where it cannot be asked. */
  readonly explain?: ((error: EngineError) => Promise<EngineError>) | undefined
  /** Where there is no way to it but one that is made for each restic, and ends with it. */
  readonly way?: () => Promise<Way>
}

/** A way to a repository, for as long as one restic runs. */
export type Way = AsyncDisposable & { readonly environment: Readonly<Record<string, string>> }

export function repositoryEnvironment(repository: Repository): NodeJS.ProcessEnv {
  return {
    ...repository.environment,
    RESTIC_REPOSITORY: repository.location,
    RESTIC_PASSWORD: repository.password,
  }
}

/** The folder that the repository is; null if it is reached in another way. */
export function folderOf(repository: Repository): string | null {
  return isAbsolute(repository.location) ? repository.location : null
}

/** Takes the repository's secrets out of a text: its password, its credentials, and those in any address. */
export function withoutSecrets(text: string, { password, secrets = [] }: Repository): string {
  let open = text
  for (const secret of [password, ...secrets]) if (secret !== '') open = open.replaceAll(secret, '***')
  return open.replace(/:\/\/[^/\s@]*@/g, '://***@')
}
