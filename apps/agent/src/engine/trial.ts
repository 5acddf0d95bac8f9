/**
 * Tries a repository out, as a backup would use it: writes a small object, reads it back, compares, and deletes it.
 *
 * The object is a second key for the repository, with a password that nobody ever learns. restic writes it as it writes
 * everything else; that it came back unharmed shows when it opens the repository and leads to the same one; and unlike a
 * snapshot, it is gone without a trace once it is removed. One that was left behind by a trial that was cut in the middle
 * is removed by the next.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from './errors.ts'
import { openedId } from './init.ts'
import { parseJson } from './messages.ts'
import type { Restic } from './probe.ts'
import { type Repository, withoutSecrets } from './repository.ts'
import { type RunHooks, runLocking } from './run.ts'

const TRIAL = 'holdfast-trial'
const keysDocument = z.array(z.object({ id: z.string(), userName: z.string(), current: z.boolean() }))

/** For a storage that lets nothing be deleted but locks: opens it, and takes a lock there and away again. */
export async function tryLock(
  restic: Restic,
  repository: Repository,
  _folder: string,
  hooks: RunHooks = {},
): Promise<void> {
  const id = await openedId(restic, repository, hooks.signal)
  if (id === null)
    throw new EngineError('repository_missing', withoutSecrets(repository.location, repository))
  await runLocking(restic, repository, { args: ['list', 'keys'], onStdout: () => {} }, hooks)
}

/** @param folder a place of our own for a file with a password that opens nothing once this has ended */
export async function tryOut(
  restic: Restic,
  repository: Repository,
  folder: string,
  hooks: RunHooks = {},
): Promise<void> {
  const id = await openedId(restic, repository, hooks.signal)
  if (id === null)
    throw new EngineError('repository_missing', withoutSecrets(repository.location, repository))
  const password = randomBytes(24).toString('base64url')
  const work = await mkdtemp(join(folder, 'trial-'))
  try {
    const file = join(work, 'password')
    await writeFile(file, password, { mode: 0o600 })
    const names = [`--new-password-file=${file}`, `--user=${TRIAL}`, `--host=${TRIAL}`]
    await runLocking(restic, repository, { args: ['key', 'add', ...names], onStdout: () => {} }, hooks).catch(
      refusedAs('storage_read_only'),
    )
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const readBack = await openedId(restic, { ...repository, password }, hooks.signal)
  if (readBack !== id)
    throw new EngineError('repository_damaged', 'What was written came back as something else.')
  await sweep(restic, repository, hooks)
  if ((await trialKeys(restic, repository, hooks)).length > 0)
    throw new EngineError('storage_read_only', 'What was deleted is still there.')
}

async function sweep(restic: Restic, repository: Repository, hooks: RunHooks): Promise<void> {
  for (const id of await trialKeys(restic, repository, hooks))
    await runLocking(restic, repository, { args: ['key', 'remove', id], onStdout: () => {} }, hooks).catch(
      refusedAs('storage_read_only'),
    )
}

/** Up to 0.14 restic takes a lock even to list keys. */
async function trialKeys(restic: Restic, repository: Repository, hooks: RunHooks): Promise<string[]> {
  const chunks: Buffer[] = []
  const list = { args: ['key', 'list', '--json'], onStdout: (chunk: Buffer) => chunks.push(chunk) }
  await runLocking(restic, repository, list, hooks)
  const { data } = keysDocument.safeParse(parseJson(Buffer.concat(chunks).toString('utf8')))
  if (!data) throw new EngineError('restic_crashed', 'Its keys cannot be read.')
  return data.filter(({ userName, current }) => userName === TRIAL && !current).map(({ id }) => id)
}

/** It could be read a moment ago: who is refused now may look, but not write. */
function refusedAs(code: 'storage_read_only') {
  return (error: unknown): never => {
    if (!(error instanceof EngineError)) throw error
    const isRefused =
      error.code === 'repository_forbidden' ||
      (error.code === 'repository_unreachable' && /permission denied|access is denied/i.test(error.detail))
    throw isRefused ? new EngineError(code, error.detail) : error
  }
}
