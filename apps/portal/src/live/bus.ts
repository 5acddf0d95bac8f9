import { EventEmitter } from 'node:events'
import type { LiveEvent } from './events.ts'

/** Carries live events from whoever changed something to the console sockets of this process. */
export class LiveBus {
  readonly #emitter = new EventEmitter()

  publish(event: LiveEvent): void {
    this.#emitter.emit('event', event)
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    this.#emitter.on('event', listener)
    return () => this.#emitter.off('event', listener)
  }
}
