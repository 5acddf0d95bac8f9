/**
 * What the harness itself did and saw, in order: every command that it gave and the answer that it got, every fault that
 * it made and its end. Nothing in here comes from what the product keeps.
 */

export type Given = {
  readonly kind: 'startRun' | 'cancelRun' | 'savePlan'
  readonly server: string
  readonly planId: string
  readonly askedAtMs: number
  /** The command's id; `refused` when the portal said no; `lost` when nobody can know from here: no answer came. */
  readonly answer: { readonly commandId: string } | 'done' | 'refused' | 'lost'
}

export type Struck = {
  readonly number: number
  readonly fault: string
  readonly target: string
  /** When it was decided, or, of an aimed one, when its moment had come. */
  atMs: number
  /** When whoever was killed was gone for certain. */
  goneAtMs: number | null
  /** Null while it lasts. */
  healedAtMs: number | null
}

export class Ledger {
  readonly given: Given[] = []
  readonly struck: Struck[] = []
  readonly #startedAt = Date.now()
  readonly #lines: string[] = []

  note(what: string): void {
    const seconds = ((Date.now() - this.#startedAt) / 1_000).toFixed(2).padStart(8)
    this.#lines.push(`${seconds} s  ${what}`)
  }

  give(given: Given): void {
    this.given.push(given)
    const answer = typeof given.answer === 'string' ? given.answer : given.answer.commandId
    this.note(`${given.kind} on ${given.server}, plan ${given.planId.slice(-6)}: ${answer}`)
  }

  strike(fault: string, target: string): Struck {
    const struck: Struck = {
      ...{ number: this.struck.length + 1, fault, target },
      ...{ atMs: Date.now(), goneAtMs: null, healedAtMs: null },
    }
    this.struck.push(struck)
    this.note(`#${struck.number} ${fault}: ${target}`)
    return struck
  }

  heal(struck: Struck): void {
    struck.healedAtMs = Date.now()
    this.note(`#${struck.number} is over`)
  }

  timeline(): string {
    return this.#lines.join('\n')
  }
}
