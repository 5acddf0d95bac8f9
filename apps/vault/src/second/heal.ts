/** Takes back from the second vault what has rotted in this one. */
import { isObjectId, OBJECT_KINDS, repositoryFolder } from '../storage/places.ts'
import { Repository } from '../storage/repository.ts'
import type { Damaged } from '../verify.ts'
import { RemoteRepository } from './remote-repository.ts'
import type { Second } from './settings.ts'

/** True when the object is whole again. What the second vault sends is believed only if it is what its name says. */
export async function heal(data: string, second: Second, damaged: Damaged): Promise<boolean> {
  const { kind, name } = damaged
  if (damaged.isInTrash || !isObjectId(name) || !OBJECT_KINDS.includes(kind)) return false
  const target = { kind, id: name } as const
  const repository = new Repository(repositoryFolder(data, damaged))
  const remote = new RemoteRepository(second, damaged, 1)
  const draft = await repository.openDraft()
  if (draft === null) return false
  let isKept = false
  try {
    if ((await remote.fetch(target, draft.handle)) !== name) return false
    isKept = (await repository.keep(draft, target)) === 'kept'
    return isKept
  } finally {
    if (!isKept) await repository.discard(draft)
    remote.close()
  }
}
