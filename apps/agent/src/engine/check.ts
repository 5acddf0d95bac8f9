/**
 * Is a repository whole? By default restic compares only lists with lists: up to 0.14 a damaged pack file passes with
 * exit code 0. Only `readData` reads back every byte, which takes as long as downloading the repository.
 */
import type { Restic } from './probe.ts'
import type { Repository } from './repository.ts'
import { type RunHooks, runLocking } from './run.ts'

export type CheckRequest = { readonly readData: boolean }

/** Returns if nothing was found. @throws EngineError `repository_damaged` with what was found, and all others */
export async function check(
  restic: Restic,
  repository: Repository,
  request: CheckRequest,
  hooks: RunHooks = {},
): Promise<void> {
  const args = ['check', ...(request.readData ? ['--read-data'] : [])]
  await runLocking(restic, repository, { args, onStdout: () => {} }, hooks)
}
