/** One drill: the files of a manifest, restored from its snapshot to a scratch folder, and each compared by its hash. */
import { lstat, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DrillFinished } from '@holdfast/protocol'
import {
  EngineError,
  type Repository,
  type Restic,
  type RunHooks,
  restore,
  snapshotPathOf,
} from '../engine/index.ts'
import { refusalOf } from '../runs/result.ts'
import { hashFile, type ManifestEntry } from './manifest.ts'

export type DrillRequest = {
  readonly snapshotId: string
  readonly entries: readonly ManifestEntry[]
  /** Made empty before, and removed afterwards. */
  readonly scratch: string
}

export type DrillResult = Pick<
  DrillFinished,
  'outcome' | 'files' | 'filesWrong' | 'bytes' | 'wrongPaths' | 'code' | 'detail'
>

const WRONG_PATHS_MAX = 20

/** What says nothing about the repository: then no drill was held, and the next backup is followed by another try. */
const NO_DRILL: ReadonlySet<string> = new Set([
  ...['run_cancelled', 'repository_locked', 'repository_unreachable', 'vault_unreachable'],
  ...['restic_missing', 'restic_too_old', 'disk_full'],
])

/** A drill that cannot be held has failed: what cannot be restored is not protected. @throws EngineError of `NO_DRILL` */
export async function holdDrill(
  restic: Restic,
  repository: Repository,
  { snapshotId, entries, scratch }: DrillRequest,
  hooks: RunHooks,
): Promise<DrillResult> {
  await rm(scratch, { recursive: true, force: true })
  await mkdir(scratch, { recursive: true, mode: 0o700 })
  try {
    const paths = entries.map(({ path }) => snapshotPathOf(path))
    const { errors } = await restore(restic, repository, { snapshotId, target: scratch, paths }, hooks)
    const wrong: string[] = []
    let bytes = 0
    for (const entry of entries) {
      const restored = join(scratch, snapshotPathOf(entry.path))
      if (await isWhole(restored, entry)) bytes += entry.sizeBytes
      else wrong.push(entry.path)
    }
    return {
      outcome: wrong.length === 0 ? 'passed' : 'failed',
      files: entries.length,
      filesWrong: wrong.length,
      bytes,
      wrongPaths: wrong.slice(0, WRONG_PATHS_MAX),
      code: wrong.length === 0 ? null : 'repository_damaged',
      detail: wrong.length === 0 ? '' : errors.join('\n').slice(0, 1_000),
    }
  } catch (error) {
    if (error instanceof EngineError && NO_DRILL.has(error.code)) throw error
    const { code, detail = '' } = refusalOf(error)
    const wrongPaths = entries.slice(0, WRONG_PATHS_MAX).map(({ path }) => path)
    const nothing = { files: entries.length, filesWrong: entries.length, bytes: 0, wrongPaths }
    return { outcome: 'failed', ...nothing, code, detail: detail.slice(0, 1_000) }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function isWhole(path: string, { sizeBytes, sha256 }: ManifestEntry): Promise<boolean> {
  try {
    const found = await lstat(path)
    return found.isFile() && found.size === sizeBytes && (await hashFile(path)) === sha256
  } catch {
    return false
  }
}
