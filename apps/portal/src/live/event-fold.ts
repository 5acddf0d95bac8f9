/**
 * Lets events through at a pace that a browser can follow: what says the same again within a moment is said once, the
 * newest of it. Each event only asks the console to look again, and of progress only the last counts. So when a portal
 * comes back and thousands of servers change in a second, each is told of once.
 *
 * The first event after a quiet moment goes out at once: a click is answered without waiting.
 */
import type { LiveEvent } from './events.ts'

const PACE_MS = 100

export class EventFold {
  readonly #tell: (event: LiveEvent) => void
  readonly #paceMs: number
  #held = new Map<string, LiveEvent>()
  #timer: NodeJS.Timeout | null = null

  constructor(tell: (event: LiveEvent) => void, paceMs = PACE_MS) {
    this.#tell = tell
    this.#paceMs = paceMs
  }

  add(event: LiveEvent): void {
    if (this.#timer === null) {
      this.#tell(event)
      this.#pause()
      return
    }
    const key = sameness(event)
    // Told in the order of their last change.
    this.#held.delete(key)
    this.#held.set(key, event)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#held.clear()
  }

  #pause(): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      if (this.#held.size === 0) return
      const held = this.#held
      this.#held = new Map()
      for (const event of held.values()) this.#tell(event)
      this.#pause()
    }, this.#paceMs)
  }
}

/** Two events with the same key say the same, at different times. */
function sameness(event: LiveEvent): string {
  switch (event.type) {
    case 'progress':
      return `progress ${event.serverId} ${event.progress.runId}`
    case 'restoreProgress':
      return `restore progress ${event.serverId} ${event.progress.restoreId}`
    case 'run':
      return `run ${event.runId}`
    case 'restore':
      return `restore ${event.restoreId}`
    case 'command':
      return `command ${event.commandId}`
    case 'repository':
      return `repository ${event.repositoryId}`
    case 'presence':
    case 'machine':
    case 'plan':
    case 'drill':
    case 'copy':
      return `${event.type} ${event.serverId}`
    case 'condition':
      return `condition ${event.customerId} ${event.serverId}`
    case 'recovery':
    case 'template':
    case 'tree':
    case 'vault':
    case 'log':
      return `${event.type} ${event.providerId} ${event.customerId}`
  }
}
