/**
 * Brings the second copy of one repository up to what the first is now. Whenever it is cut, what lies in the second vault
 * is a repository that restic opens, because nothing is there before that on which it rests, and nothing leaves before
 * that which rests on it:
 *
 *   config ── keys ── data ── index ── snapshots     what is missing is sent
 *   snapshots ── index ── data ── keys               what was deleted here is deleted there, into the trash there
 *
 * Deleted means: it lies in the trash here. What is simply gone here is what a second copy is for, and stays there.
 */
import { isObjectId, type OBJECT_KINDS, type ObjectKind, type Target } from '../storage/places.ts'
import type { Repository } from '../storage/repository.ts'
import { listTrash } from '../trash/trash.ts'
import type { RemoteRepository } from './remote-repository.ts'

const SENT_IN_ORDER = ['keys', 'data', 'index', 'snapshots'] as const satisfies readonly ObjectKind[]
/** A line to another site has latency; a few at once fill it. */
export const AT_ONCE = 4

export type Behind = { readonly objects: number; readonly bytes: number }

type Missing = { readonly target: Target; readonly bytes: number }

/** `onBehind` hears how much is left, whenever that changes. */
export async function copyRepository(
  first: Repository,
  second: RemoteRepository,
  { onBehind, signal }: { readonly onBehind: (behind: Behind) => void; readonly signal: AbortSignal },
): Promise<void> {
  const configBytes = await first.sizeOf({ kind: 'config' })
  if (configBytes === null) return
  await second.create()
  const missing: Missing[] = []
  if (!(await second.has({ kind: 'config' })))
    missing.push({ target: { kind: 'config' }, bytes: configBytes })
  const extra: Target[] = []
  const deleted = new Set((await listTrash(first)).map(({ target }) => nameIn(target)))
  for (const kind of SENT_IN_ORDER) {
    const there = new Map((await second.list(kind)).map(({ name, size }) => [name, size]))
    for await (const shelf of first.list(kind))
      for (const { name, size } of shelf) {
        // Of another size it is damaged on one of the two sides: the second vault says on which.
        if (there.get(name) !== size) missing.push({ target: targetOf(kind, name), bytes: size })
        there.delete(name)
      }
    for (const name of there.keys()) if (deleted.has(`${kind}/${name}`)) extra.unshift(targetOf(kind, name))
  }
  let behind = sumOf(missing)
  let damaged = 0
  onBehind(behind)
  for (const kind of ['config', ...SENT_IN_ORDER] as const)
    await eachOf(
      missing.filter(({ target }) => target.kind === kind),
      signal,
      async ({ target, bytes }) => {
        const now = await first.sizeOf(target)
        // Deleted since it was listed: the next round sees that. One that has rotted here must not keep back the others.
        if (now !== null && (await second.put(target, first.fileOf(target), now)) === 'damaged') {
          damaged += 1
          return
        }
        behind = { objects: behind.objects - 1, bytes: behind.bytes - bytes }
        onBehind(behind)
      },
    )
  for (const kind of SENT_IN_ORDER.toReversed())
    await eachOf(
      extra.filter((target) => target.kind === kind),
      signal,
      async (target) => {
        // It may have been brought back from the trash since.
        if ((await first.sizeOf(target)) === null) await second.remove(target)
      },
    )
  if (damaged > 0)
    throw new Error(`${damaged} objects are not what their names say. See "holdfast-vault verify".`)
}

/** Ends with the first failure, once nothing is going on any more. */
async function eachOf<One>(
  all: readonly One[],
  signal: AbortSignal,
  act: (one: One) => Promise<void>,
): Promise<void> {
  let next = 0
  let failed = false
  const lane = async (): Promise<void> => {
    for (let one = all[next++]; one !== undefined && !failed; one = all[next++]) {
      signal.throwIfAborted()
      await act(one).catch((error: unknown) => {
        failed = true
        throw error
      })
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, lane))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}

function sumOf(missing: readonly Missing[]): Behind {
  return { objects: missing.length, bytes: missing.reduce((sum, { bytes }) => sum + bytes, 0) }
}

function targetOf(kind: (typeof OBJECT_KINDS)[number], name: string): Target {
  if (!isObjectId(name)) throw new Error(`There can be no ${kind} called like this.`)
  return { kind, id: name }
}

function nameIn(target: Target): string {
  return target.kind === 'config' ? 'config' : `${target.kind}/${target.id}`
}
