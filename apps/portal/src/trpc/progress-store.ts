/** Live progress of runs, as it comes. It lives nowhere else, and may be lost: the next one is a second away. */
import type { Progress } from '@holdfast/protocol'
import { useSyncExternalStore } from 'react'

const REMEMBERED_MAX = 200

export class ProgressStore {
  readonly #latest = new Map<string, Progress>()
  readonly #listeners = new Set<() => void>()

  set(serverId: string, progress: Progress): void {
    const key = keyOf(serverId, progress.runId)
    this.#latest.delete(key)
    this.#latest.set(key, progress)
    const oldest = this.#latest.keys().next().value
    if (this.#latest.size > REMEMBERED_MAX && oldest !== undefined) this.#latest.delete(oldest)
    for (const listener of this.#listeners) listener()
  }

  get(serverId: string, runId: string): Progress | null {
    return this.#latest.get(keyOf(serverId, runId)) ?? null
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** A server names the run itself, and may name another server's: that is not the run of that one. */
function keyOf(serverId: string, runId: string): string {
  return `${serverId} ${runId}`
}

export const progressStore = new ProgressStore()

/** The newest progress of a run; null before the first, or when there is no run. */
export function useProgress(serverId: string, runId: string | null | undefined): Progress | null {
  const read = () => (runId ? progressStore.get(serverId, runId) : null)
  return useSyncExternalStore(progressStore.subscribe, read, () => null)
}
