/**
 * Snapshots that are no longer kept, and the space that they held.
 *
 *   forget   restic decides by the rules (dry run, no lock) ──► we look at its answer ──► removed by their ids
 *   prune    gives back what no snapshot needs any more; takes long, and the repository for itself
 *
 * It is restic that decides, but not blindly: a clock that was wrong once dates snapshots into the future, and then the
 * one just made is not the newest. What must stay is taken out of the list, whatever the rules say.
 */
import type { Retention } from '@holdfast/protocol'
import { EngineError } from './errors.ts'
import { ask } from './invoke.ts'
import { forgetDocument, parseJson } from './messages.ts'
import type { Restic } from './probe.ts'
import type { Repository } from './repository.ts'
import { type RunHooks, runLocking } from './run.ts'

export type ForgetRequest = {
  /** Only snapshots that carry all of them. */
  readonly tags: readonly string[]
  readonly retention: Retention
  /** Stay whatever the rules say. */
  readonly keepIds: readonly string[]
}

/** restic takes them as arguments, whose length has a limit: the rest goes after the next backup. */
const IDS_MAX = 500

/** Removes nothing without a rule, or without a tag. @throws EngineError */
export async function forget(
  restic: Restic,
  repository: Repository,
  { tags, retention, keepIds }: ForgetRequest,
  hooks: RunHooks = {},
): Promise<{ removed: number; kept: number }> {
  const rules = rulesOf(retention)
  if (rules.length === 0 || tags.length === 0) return { removed: 0, kept: 0 }
  const text = await ask(
    restic,
    repository,
    ['forget', '--dry-run', '--json', '--group-by=', `--tag=${tags.join(',')}`, ...rules],
    hooks.signal,
  )
  const { data } = forgetDocument.safeParse(parseJson(text))
  if (!data) throw new EngineError('restic_crashed', 'What it would forget cannot be read.')
  const staying = data.flatMap(({ keep }) => keep ?? [])
  const leaving = data.flatMap(({ remove }) => remove ?? []).filter(({ id }) => !keepIds.includes(id))
  const kept = staying.length + keepIds.filter((id) => !staying.some((snapshot) => snapshot.id === id)).length
  if (leaving.length === 0 || kept === 0) return { removed: 0, kept }
  const ids = leaving.slice(0, IDS_MAX).map(({ id }) => id)
  await runLocking(restic, repository, { args: ['forget', ...ids], onStdout: () => {} }, hooks)
  return { removed: ids.length, kept: kept + leaving.length - ids.length }
}

function rulesOf({ last, hourly, daily, weekly, monthly, yearly, withinDays }: Retention): string[] {
  const counts = { last, hourly, daily, weekly, monthly, yearly }
  return [
    ...Object.entries(counts).flatMap(([rule, count]) => (count > 0 ? [`--keep-${rule}=${count}`] : [])),
    ...(withinDays > 0 ? [`--keep-within=${withinDays}d`] : []),
  ]
}

/** How much space it gave back; null when restic does not say. @throws EngineError */
export async function prune(
  restic: Restic,
  repository: Repository,
  hooks: RunHooks = {},
): Promise<{ bytesFreed: number | null }> {
  const chunks: Buffer[] = []
  await runLocking(restic, repository, { args: ['prune'], onStdout: (chunk) => chunks.push(chunk) }, hooks)
  return { bytesFreed: totalPruned(Buffer.concat(chunks).toString('utf8')) }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** There is no JSON of it: `total prune:     8 blobs / 3.816 MiB`. */
export function totalPruned(text: string): number | null {
  const [, amount, unit] = /^total prune:\s+\d+ blobs \/ ([\d.]+) (B|[KMGTP]iB)$/m.exec(text) ?? []
  if (amount === undefined || unit === undefined) return null
  return Math.round(Number(amount) * 1024 ** UNITS.indexOf(unit))
}
