/**
 * Makes a repository, or finds that ours is already there. What exists is never touched:
 *
 *   - Over a config file restic refuses to initialise; whose it is shows by whether our password opens it.
 *   - Keys without a config are a repository that lost a file. restic 0.14 would make a second one over it, with
 *     another master key, and then none of the two could be opened. It is left as it is.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from './errors.ts'
import { ask, invoke } from './invoke.ts'
import { configDocument, parseJson } from './messages.ts'
import type { Restic } from './probe.ts'
import { folderOf, type Repository } from './repository.ts'

export type InitResult = {
  /** restic's own id of it, 64 hex digits: the same wherever the repository is moved to. */
  readonly repositoryId: string
  readonly alreadyExisted: boolean
}

/**
 * Safe to repeat.
 * @throws EngineError `repository_password_wrong` if one is there that our password does not open,
 * `repository_damaged` if there are only parts of one, `disk_full`, `repository_unreachable`,
 * `repository_forbidden`, `quota_exceeded`, `run_cancelled`
 */
export async function initRepository(
  restic: Restic,
  repository: Repository,
  signal?: AbortSignal,
): Promise<InitResult> {
  const existing = await openedId(restic, repository, signal)
  if (existing !== null) return { repositoryId: existing, alreadyExisted: true }
  await refuseRemains(repository)
  const raced = await create(restic, repository, signal)
  const created = await openedId(restic, repository, signal)
  if (created === null) throw new EngineError('repository_missing', 'It is gone right after it was made.')
  return { repositoryId: created, alreadyExisted: raced }
}

/** The id of the repository there, which proves that our password opens it; null if there is none. */
export async function openedId(
  restic: Restic,
  repository: Repository,
  signal?: AbortSignal,
): Promise<string | null> {
  try {
    const { data } = configDocument.safeParse(
      parseJson(await ask(restic, repository, ['cat', 'config'], signal)),
    )
    if (!data) throw new EngineError('restic_crashed', 'Its config cannot be read.')
    return data.id
  } catch (error) {
    if (error instanceof EngineError && error.code === 'repository_missing') return null
    throw error
  }
}

async function refuseRemains(repository: Repository): Promise<void> {
  const folder = folderOf(repository)
  if (folder === null) return
  const keys = await readdir(join(folder, 'keys')).catch(() => [])
  if (keys.length > 0) throw new EngineError('repository_damaged', `${folder} has keys, but no config.`)
}

/** True if somebody else made one there in the meantime. */
async function create(restic: Restic, repository: Repository, signal?: AbortSignal): Promise<boolean> {
  let exists = false
  await invoke(restic, repository, {
    args: ['init'],
    signal,
    accepts: (exitCode) => exitCode === 0 || exists,
    onStdout: () => {},
    onStderrLine: (line) => {
      exists ||= line.includes('config file already exists')
      return undefined
    },
  })
  return exists
}
