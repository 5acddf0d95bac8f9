/**
 * Is a repository whole? By default restic compares only lists with lists: up to 0.14 a damaged pack file passes with
 * exit code 0. Only `readData` reads back every byte, which takes as long as downloading the repository.
 */
import type { Restic } from './probe.ts'
import type { Repository } from './repository.ts'
import { type RunHooks, runLocking } from './run.ts'

export type CheckRequest = {
  /** All of it, nothing of it, or one of so many parts, each of which is always the same packs. */
  readonly readData: boolean | { readonly part: number; readonly parts: number }
}

/** Returns if nothing was found. @throws EngineError `repository_damaged` with what was found, and all others */
export async function check(
  restic: Restic,
  repository: Repository,
  request: CheckRequest,
  hooks: RunHooks = {},
): Promise<void> {
  const { readData } = request
  const args = ['check', ...(readData === true ? ['--read-data'] : [])]
  if (typeof readData === 'object') args.push(`--read-data-subset=${readData.part}/${readData.parts}`)
  await runLocking(restic, repository, { args, onStdout: () => {} }, hooks)
}
