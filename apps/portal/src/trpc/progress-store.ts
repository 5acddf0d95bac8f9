/** Live progress of runs and restores, as it comes. It lives nowhere else, and may be lost: the next one is a second away. */
import type { Progress, RestoreProgress } from '@holdfast/protocol'
import { useSyncExternalStore } from 'react'

const REMEMBERED_MAX = 200

export class ProgressStore<Of> {
  readonly #latest = new Map<string, Of>()
  readonly #listeners = new Set<() => void>()

  set(serverId: string, id: string, progress: Of): void {
    const key = keyOf(serverId, id)
    this.#latest.delete(key)
    this.#latest.set(key, progress)
    const oldest = this.#latest.keys().next().value
    if (this.#latest.size > REMEMBERED_MAX && oldest !== undefined) this.#latest.delete(oldest)
    for (const listener of this.#listeners) listener()
  }

  get(serverId: string, id: string): Of | null {
    return this.#latest.get(keyOf(serverId, id)) ?? null
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** A server names the run itself, and may name another server's: that is not the run of that one. */
function keyOf(serverId: string, id: string): string {
  return `${serverId} ${id}`
}

export const runProgress = new ProgressStore<Progress>()
export const restoreProgress = new ProgressStore<RestoreProgress>()

/** The newest progress of a run; null before the first, or when there is no run. */
export function useProgress(serverId: string, runId: string | null | undefined): Progress | null {
  return useNewest(runProgress, serverId, runId)
}

/** The same of a restore. */
export function useRestoreProgress(serverId: string, restoreId: string): RestoreProgress | null {
  return useNewest(restoreProgress, serverId, restoreId)
}

function useNewest<Of>(store: ProgressStore<Of>, serverId: string, id: string | null | undefined): Of | null {
  const read = () => (id ? store.get(serverId, id) : null)
  return useSyncExternalStore(store.subscribe, read, () => null)
}
