/**
 * One run of the doctor, as it fills up: many checks side by side, each with a bound of its own, and one deadline over
 * all of them. A check never stops another, and one that does not come to an end in time is reported as just that.
 *
 *   check(name, target, work) ──► verdict ───────────────────────────┐
 *                            ├──► its bound, or the deadline: failed  ├──► findings, in the order of CHECKS
 *                            └──► it broke: failed, with the error ───┘
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Refusal, RefusalCode } from '@holdfast/protocol'
import { Failure } from '../failure.ts'

/** In the order in which they are shown: from this machine outwards. */
export const CHECKS = [
  'configuration',
  'agent',
  'state',
  'restic',
  'routes',
  'dns',
  'proxy',
  'tcp',
  'certificate',
  'websocket',
  'authentication',
  'clock',
  'vault',
  'listening',
] as const
export type CheckName = (typeof CHECKS)[number]

export type Verdict = {
  readonly outcome: 'ok' | 'notice' | 'failed' | 'skipped'
  readonly code: RefusalCode | null
  /** The facts of this case: the addresses, the issuer, the holder of a port. Printed as it is by nobody: see print.ts. */
  readonly detail: string
}

export type Finding = Verdict & { readonly name: CheckName; readonly target: string; readonly ms: number }

export const fine = (detail: string): Verdict => ({ outcome: 'ok', code: null, detail })
export const skipped = (detail: string): Verdict => ({ outcome: 'skipped', code: null, detail })
export const notice = (code: RefusalCode | null, detail: string): Verdict => ({
  outcome: 'notice',
  code,
  detail,
})
/** It did not come to an end, so nobody can say that nothing is in the way. */
const unnamed = (detail: string): Verdict => ({ outcome: 'failed', code: null, detail })
export const failed = ({ code, detail = '' }: Refusal): Verdict => ({ outcome: 'failed', code, detail })

export type ExaminationLimits = { readonly checkMs: number; readonly allMs: number }

/** Ten seconds for a person who waits, the start and the end of the program included. */
export const LIMITS: ExaminationLimits = { checkMs: 5_000, allMs: 9_000 }

export class Examination implements Disposable {
  readonly #limits: ExaminationLimits
  readonly #deadline = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #findings: Finding[] = []

  constructor(limits: ExaminationLimits = LIMITS) {
    this.#limits = limits
    this.#timer = setTimeout(() => this.#deadline.abort(), limits.allMs)
  }

  /** Ends with the examination. */
  get signal(): AbortSignal {
    return this.#deadline.signal
  }

  /** Runs one check and keeps what it found. Never rejects. `signal` ends when nobody waits for it any longer. */
  async check(
    name: CheckName,
    target: string,
    work: (signal: AbortSignal) => Promise<Verdict>,
    boundMs = this.#limits.checkMs,
  ): Promise<Verdict> {
    const startedAt = performance.now()
    const settled = new AbortController()
    const signal = AbortSignal.any([this.#deadline.signal, settled.signal])
    const late = this.#outOfTime(boundMs, signal)
    const first = await Promise.race([attempt(work, signal), late])
    // What a check says because it was stopped is not what it found.
    const verdict = signal.aborted ? await late : first
    settled.abort()
    this.add(name, target, verdict, performance.now() - startedAt)
    return verdict
  }

  /** For what showed on the way to something else. */
  add(name: CheckName, target: string, verdict: Verdict, ms = 0): void {
    this.#findings.push({ name, target, ...verdict, ms: Math.round(ms) })
  }

  /** What looked like an obstacle is none: `which` of the findings goes on to be a notice. */
  forgive(which: (finding: Finding) => boolean): void {
    for (const [at, finding] of this.#findings.entries()) {
      if (finding.outcome === 'failed' && which(finding))
        this.#findings[at] = { ...finding, outcome: 'notice' }
    }
  }

  /** Everything that was found, and what never ended, in the order of CHECKS. */
  get findings(): readonly Finding[] {
    return this.#findings.toSorted((one, other) => CHECKS.indexOf(one.name) - CHECKS.indexOf(other.name))
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#deadline.abort()
  }

  async #outOfTime(boundMs: number, signal: AbortSignal): Promise<Verdict> {
    // Aborted, it is the deadline of all that has passed; nobody listens when the check itself was quicker.
    const isOwnBound = await pause(boundMs, true, { signal }).catch(() => false)
    const seconds = (isOwnBound ? boundMs : this.#limits.allMs) / 1_000
    return unnamed(`not finished within ${seconds} s${isOwnBound ? '' : ' of the whole examination'}`)
  }
}

async function attempt(
  work: (signal: AbortSignal) => Promise<Verdict>,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    return await work(signal)
  } catch (error) {
    if (error instanceof Failure) return failed(error.refusal)
    return unnamed(`the check itself broke: ${error instanceof Error ? error.message : String(error)}`)
  }
}
