/**
 * What was deleted, and bringing it back. It works on the disk, beside a vault that serves: each object comes back in one
 * step, so nobody ever sees half of one.
 */
import { parseArgs } from 'node:util'
import { eachRepository } from '../storage/every.ts'
import { nameOf, type RepositoryName } from '../storage/places.ts'
import type { Repository } from '../storage/repository.ts'
import { readLivedMs } from '../trash/lived-time.ts'
import { DAY_MS, listTrash, restoreFromTrash, type Trashed } from '../trash/trash.ts'
import { type CliCommand, EXIT, hint, say, UsageError } from './command.ts'
import { readWhose, sizeInWords } from './words.ts'

export const trash: CliCommand = async ([does, ...args], { data }) => {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args,
    options: { customer: text, repository: text, since: text, json: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const { customer, repository, since, json } = values
  const wanted = { whose: readWhose({ customer, repository }), since: readSince(since), names: positionals }
  if (does === 'list') return list(data, wanted, json)
  if (does === 'restore') return restore(data, wanted)
  throw new UsageError('Say "trash list" or "trash restore".')
}

type Wanted = {
  readonly whose: Partial<RepositoryName>
  readonly since: Date | null
  /** Beginnings of names; empty for all. */
  readonly names: readonly string[]
}

function readSince(text: string | undefined): Date | null {
  if (text === undefined) return null
  const since = new Date(text)
  if (Number.isNaN(since.getTime()))
    throw new UsageError('--since: a time is needed, such as 2026-11-21T14:30:00Z.')
  return since
}

async function* wantedIn(
  data: string,
  { whose, since, names }: Wanted,
): AsyncGenerator<{ name: RepositoryName; repository: Repository; trashed: readonly Trashed[] }> {
  for await (const { name, repository } of eachRepository(data, whose)) {
    const trashed = (await listTrash(repository)).filter(
      ({ target, deletedAt }) =>
        (since === null || deletedAt >= since) &&
        (names.length === 0 || names.some((beginning) => nameOf(target).startsWith(beginning))),
    )
    if (trashed.length > 0) yield { name, repository, trashed }
  }
}

async function list(data: string, wanted: Wanted, json: boolean): Promise<number> {
  const livedMs = await readLivedMs(data)
  for await (const { name, trashed } of wantedIn(data, wanted)) {
    if (!json) say(`${name.customer}/${name.repository}`)
    for (const { target, sizeBytes, deletedAt, dueAtLivedMs } of trashed) {
      const daysLeft = Math.max(0, (dueAtLivedMs - livedMs) / DAY_MS)
      const entry = { kind: target.kind, name: nameOf(target), sizeBytes, deletedAt: deletedAt.toISOString() }
      if (json) say(JSON.stringify({ ...name, ...entry, daysLeft }))
      else
        say(
          `  ${entry.deletedAt}  ${entry.kind.padEnd(9)} ${entry.name.slice(0, 16)}  ${sizeInWords(sizeBytes).padStart(9)}  ${daysLeft.toFixed(1)} days left`,
        )
    }
  }
  return EXIT.done
}

async function restore(data: string, wanted: Wanted): Promise<number> {
  if (wanted.whose.customer === undefined || wanted.whose.repository === undefined)
    throw new UsageError('Say of which repository: --customer ID --repository ID.')
  const counted = { restored: 0, exists: 0 }
  for await (const { repository, trashed } of wantedIn(data, wanted))
    for (const one of trashed) counted[await restoreFromTrash(repository, one)] += 1
  hint(
    `${counted.restored} objects are back in their place${counted.exists === 0 ? '' : `; ${counted.exists} were there already`}.`,
  )
  if (counted.restored === 0) return EXIT.failed
  hint('Look at the repository with "restic check" before you go on with it.')
  return EXIT.done
}
