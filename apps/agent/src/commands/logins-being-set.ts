/**
 * Logins that are being opened at this moment, by repository, one after the other. Whoever sets a login and tests it at
 * once wants to know of the new one; and of two that are set the later one holds.
 */
import type { State } from '../state/state.ts'

const beingSet = new WeakMap<State, Map<string, Promise<void>>>()

export function setInTurn(state: State, repositoryId: string, set: () => Promise<void>): Promise<void> {
  const ofState = beingSet.get(state) ?? new Map<string, Promise<void>>()
  beingSet.set(state, ofState)
  const setting = loginsSet(state, repositoryId).then(set)
  const over = setting
    .catch(() => undefined)
    .then(() => {
      if (ofState.get(repositoryId) === over) ofState.delete(repositoryId)
    })
  ofState.set(repositoryId, over)
  return setting
}

/** Resolves when all are set that were asked for before. */
export async function loginsSet(state: State, repositoryId: string): Promise<void> {
  await beingSet.get(state)?.get(repositoryId)
}
