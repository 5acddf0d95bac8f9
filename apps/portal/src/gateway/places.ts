/**
 * One place for each server, and who is in it. Late news of a link that was replaced empties nobody's place: only who
 * holds it can leave it.
 */
import { type Identity, mayComeIn, type Place, type Verdict } from './rules.ts'

export type PlaceHolder = { readonly facts: Identity & { readonly serverId: string } }

export class Places<Holder extends PlaceHolder> {
  readonly #holders = new Map<string, Holder>()

  get count(): number {
    return this.#holders.size
  }

  all(): Holder[] {
    return [...this.#holders.values()]
  }

  of(serverId: string): Holder | null {
    return this.#holders.get(serverId) ?? null
  }

  /** Changes nothing: whoever is welcome has to `take` its place before anything else is waited for. */
  mayTake(serverId: string, newcomer: Identity, last: Place | null, now?: Date): Verdict {
    return mayComeIn(newcomer, this.of(serverId)?.facts ?? null, last, now)
  }

  /** Returns the zombie whose place it was; it is to be ended. */
  take(holder: Holder): Holder | null {
    const { serverId } = holder.facts
    const zombie = this.of(serverId)
    this.#holders.set(serverId, holder)
    return zombie
  }

  /** False when somebody else holds the place by now. */
  leave(holder: Holder): boolean {
    const { serverId } = holder.facts
    return this.of(serverId) === holder && this.#holders.delete(serverId)
  }
}
