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
  const end = (): void => {
    if (ofState.get(repositoryId) === over) ofState.delete(repositoryId)
  }
  // How it went is told to who sets it, and not to who waits for it.
  const over = setting.then(end, end)
  ofState.set(repositoryId, over)
  return setting
}

/** Resolves when all are set that were asked for before. */
export async function loginsSet(state: State, repositoryId: string): Promise<void> {
  await beingSet.get(state)?.get(repositoryId)
}
