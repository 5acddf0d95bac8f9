/**
 * The time-locked trash of one repository. Deleting an object moves it here; nothing but time takes it away again, and
 * nobody, whatever token he has, can hurry time.
 *
 *   trash/<kind>/<name>.<deletedAt>.<dueAt>
 *
 *   deletedAt   when that was, by the machine's clock, for people
 *   dueAt       from when on it may go, by the vault's own clock (lived-time.ts). It is written when the object comes in:
 *               what a customer's policy says later is for what comes later
 */
import { link, lstat, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, isMissing, makeFolderDurably, syncFolder } from '../storage/durable.ts'
import { isObjectId, isObjectKind, nameOf, type Target } from '../storage/places.ts'
import { entriesOf, type Repository } from '../storage/repository.ts'

export const DAY_MS = 86_400_000

export type Trashed = {
  readonly target: Target
  readonly file: string
  readonly sizeBytes: number
  readonly deletedAt: Date
  /** By the vault's own clock. */
  readonly dueAtLivedMs: number
}

/** False when there was nothing to delete. */
export async function moveToTrash(
  repository: Repository,
  target: Target,
  { keepDays, livedMs }: { readonly keepDays: number; readonly livedMs: number },
): Promise<boolean> {
  const place = repository.fileOf(target)
  const folder = join(repository.folder, 'trash', target.kind)
  const name = `${nameOf(target)}.${Date.now()}.${livedMs + keepDays * DAY_MS}`
  await makeFolderDurably(folder)
  try {
    await rename(place, join(folder, name))
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
  // First where it is now, then where it is no more: a power cut in between finds it twice, never nowhere.
  await syncFolder(folder)
  await syncFolder(dirname(place))
  return true
}

export async function listTrash(repository: Repository): Promise<Trashed[]> {
  const trash = join(repository.folder, 'trash')
  const found: Trashed[] = []
  for (const { name: kind } of await entriesOf(trash)) {
    for (const entry of await entriesOf(join(trash, kind))) {
      const trashed = readName(kind, entry.name)
      if (trashed === null) continue
      const file = join(trash, kind, entry.name)
      const sizeBytes = await sizeIfThere(file)
      if (sizeBytes !== null) found.push({ ...trashed, file, sizeBytes })
    }
  }
  return found.sort((one, other) => one.deletedAt.getTime() - other.deletedAt.getTime())
}

function readName(kind: string, name: string): Omit<Trashed, 'file' | 'sizeBytes'> | null {
  const [, object = '', deletedAt = '', dueAt = ''] =
    /^([0-9a-f]{64}|config)\.(\d{1,15})\.(\d{1,15})$/.exec(name) ?? []
  const when = { deletedAt: new Date(Number(deletedAt)), dueAtLivedMs: Number(dueAt) }
  if (kind === 'config' && object === 'config') return { target: { kind }, ...when }
  if (isObjectKind(kind) && isObjectId(object)) return { target: { kind, id: object }, ...when }
  return null
}

/** Back to where it was. What is there already stays as it is, and the other one in the trash. */
export async function restoreFromTrash(
  repository: Repository,
  { target, file }: Trashed,
): Promise<'restored' | 'exists'> {
  const place = repository.fileOf(target)
  await makeFolderDurably(dirname(place))
  try {
    await link(file, place)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return 'exists'
    throw error
  }
  await syncFolder(dirname(place))
  await unlink(file)
  await syncFolder(dirname(file))
  return 'restored'
}

/** Removes what is due; returns how many bytes that were. */
export async function purge(repository: Repository, livedMs: number): Promise<number> {
  let bytes = 0
  for (const { file, sizeBytes, dueAtLivedMs } of await listTrash(repository)) {
    if (dueAtLivedMs > livedMs) continue
    // Somebody may be taking it out of the trash in this moment.
    await rm(file, { force: true })
    bytes += sizeBytes
  }
  return bytes
}

async function sizeIfThere(file: string): Promise<number | null> {
  try {
    return (await lstat(file)).size
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
