/**
 * What is usual for a plan, from its own history, and whether a run is not. Median and median absolute deviation, which
 * one odd run in the history does not move. A run counts as unusual only when it is so in every respect at once: beyond
 * the spread, beyond a share of the median, beyond anything seen so far, and by an amount that matters at all.
 *
 * A plan may change for good, by a person's will: after `USED_TO_AFTER` runs on the new level it is the usual one.
 */

export type Usual = {
  readonly median: number
  readonly spread: number
  readonly min: number
  readonly max: number
}

/** Fewer runs say nothing about what is usual. */
export const HISTORY_MIN = 7
const HISTORY_MAX = 30
export const USED_TO_AFTER = 10

/** The spread of a normal distribution is so many times its median absolute deviation. */
const NORMAL = 1.4826

export function usualOf(values: readonly number[]): Usual {
  const middle = median(values)
  const away = values.map((value) => Math.abs(value - middle))
  return {
    median: middle,
    spread: NORMAL * median(away),
    min: Math.min(...values),
    max: Math.max(...values),
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

export type Bounds = {
  /** How many spreads away from the median. */
  readonly spreads: number
  /** How far away as a share of the median: 0.3 is by three tenths of it. */
  readonly share: number
  /** How far away at least, whatever the shares: less is nobody's loss. */
  readonly atLeast: number
}

export function isUnusuallyLow(value: number, usual: Usual, { spreads, share, atLeast }: Bounds): boolean {
  const fallen = usual.median - value
  return (
    fallen >= atLeast &&
    fallen > spreads * usual.spread &&
    fallen > share * usual.median &&
    value < usual.min * (1 - share / 2)
  )
}

export function isUnusuallyHigh(value: number, usual: Usual, { spreads, share, atLeast }: Bounds): boolean {
  const risen = value - usual.median
  return (
    risen >= atLeast &&
    risen > spreads * usual.spread &&
    risen > share * usual.median &&
    value > usual.max * (1 + share / 4)
  )
}

export type Shift<Run> = { readonly first: Run; readonly newest: Run; readonly usual: Usual }

/**
 * The newest runs, if each of them is unusual measured by those before all of them: a plan that has shrunk stays so in
 * the next run, which must not pass for usual because of the one before. Null: nothing is, or there is too little to
 * tell by.
 * @param runs the newest first
 */
export function findShift<Run>(
  runs: readonly Run[],
  measure: (run: Run) => number,
  isUnusual: (value: number, usual: Usual) => boolean,
): Shift<Run> | null {
  for (let shifted = 1; shifted <= USED_TO_AFTER; shifted += 1) {
    const before = runs.slice(shifted, shifted + HISTORY_MAX)
    if (before.length < HISTORY_MIN) return null
    const usual = usualOf(before.map(measure))
    const unusual = runs.slice(0, shifted)
    const first = unusual.at(-1)
    const [newest] = unusual
    if (first && newest && unusual.every((run) => isUnusual(measure(run), usual)))
      return { first, newest, usual }
  }
  return null
}
